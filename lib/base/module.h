/*
 * Modules: parts of the programs that lie in files of their own, nnutils-NAME.so,
 * and are opened when something asks for them.  What few runs need (a GPU, HDF5
 * and the thirty libraries behind it) so costs the others nothing, and one build
 * serves machines that have it and machines that do not.
 *
 * A module is looked for in $NNUTILS_MODULES, beside the program (a build tree)
 * and in ../lib/nnutils (installed); it stays loaded for good.  It carries
 * copies of what it uses of the library, but the program's own come first (all
 * are linked with -rdynamic): a thread has one sentence of err.h, whoever sets
 * it.
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

/*
 * The address of a table of nnutils-NAME.so; borrowed, good for ever.  Any thread.
 * Every table is a struct that begins with "int abi", a number that its header
 * gives and that is raised whenever the struct or what it is handed changes;
 * abi is the one this program was compiled with.  ERR_MISSING where there is no
 * such file, a library of its is absent, or it was built for another number.
 */
int module_find(void **out, const char *name, const char *table, int abi);
/* The address of anything else in it, which says nothing of its version. */
int module_symbol(void **out, const char *name, const char *symbol);

/* The names of all modules that there can be; ends with NULL. */
extern const char *const module_names[];
/*
 * Open nnutils-NAME.so for a look at it.  *path: where it lies, NULL when it is
 * nowhere; the caller's, also on failure.  Errors as above.
 */
int module_open(char **path, const char *name);

#endif
