/* What macOS puts beside the files of its users: __MACOSX/, ._NAME, .DS_Store. */
#ifndef ARCHIVE_LEFTOVER_H
#define ARCHIVE_LEFTOVER_H

#include <stdbool.h>

bool archive_leftover(const char *name);

#endif
