/* What systems put beside the files of their users: __MACOSX/, ._NAME, .DS_Store
 * of macOS; Thumbs.db and desktop.ini of Windows. */
#ifndef ARCHIVE_LEFTOVER_H
#define ARCHIVE_LEFTOVER_H

#include <stdbool.h>

bool archive_leftover(const char *name);

#endif
