/* Inside model: small questions about folders that several files ask. */
#ifndef MODEL_FOLDER_H
#define MODEL_FOLDER_H

struct model_info;

/* *path: DIR/NAME if that is a file and a fit name, else NULL; the caller's. < 0
 * where it cannot be told whether it is there. */
int model_file_in(char **path, const char *dir, const char *name);
/* The file from as DIR/NAME; ERR_MISSING where there is none. */
int model_copy_in(const char *dir, const char *from, const char *name);
/* Where the model is in an unpacked archive; the caller's. */
char *model_root(const char *dir);
/* Only the names of files (see model_info_check): plain, or ERR_REFUSED. */
int model_info_names(const struct model_info *m, const char *name);

#endif
