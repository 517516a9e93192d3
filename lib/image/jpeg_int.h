/*
 * What reading and writing JPEG share: a failure of libjpeg's as a jump, with its
 * sentence.  Internal to lib/image.
 */
#ifndef IMAGE_JPEG_INT_H
#define IMAGE_JPEG_INT_H

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>
#include <jerror.h>

struct jpeg_failure {
	struct jpeg_error_mgr mgr; /* first: the library hands back this */
	jmp_buf jump;              /* to be set before the library is called */
	char text[JMSG_LENGTH_MAX];
	int grave;           /* text says that pixels are wrong */
	int ended;           /* more bytes were asked for than there are */
	unsigned have, rows; /* read before that, of how many */
};

/* For cinfo.err. */
struct jpeg_error_mgr *jpeg_failure_init(struct jpeg_failure *f);

#endif
