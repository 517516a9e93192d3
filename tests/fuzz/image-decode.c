/* Pictures of every format: told, measured, decoded whole and for a small
 * size, brought to it.  Starts from the golden files of the image tests. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/path.h"
#include "file/file.h"
#include "fuzz.h"
#include "image/image.h"

#define GOLDEN "tests/golden/image"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum image_mode mode = (enum image_mode)(size % 4);
	int flags = size & 4 ? IMAGE_NO_EXIF : 0;
	struct image_info info;
	struct image im, small;

	log_init("fuzz", -1);
	image_init(&im);
	image_init(&small);
	(void)image_probe(&info, data, size, "input");
	if (image_decode(&im, data, size, "input", flags, 0, 0) == 0) {
		/* What comes out keeps the header's promises. */
		if (im.width < 1 || im.width > IMAGE_MAX_SIDE ||
		    im.height < 1 || im.height > IMAGE_MAX_SIDE ||
		    (im.channels != 1 && im.channels != 3) ||
		    im.cap < (size_t)im.width * (size_t)im.height *
			    (size_t)im.channels)
			abort();
		if (image_decode(&im, data, size, "input", flags, 9, 7) < 0 ||
		    image_fit(&small, &im, 9, 7, mode, size, NULL) < 0 ||
		    small.width != 9 || small.height != 7)
			abort();
	}
	image_clear(&im);
	image_clear(&small);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	char **names, *path;
	struct buf b;
	size_t n;

	if (file_list(&names, &n, GOLDEN) < 0)
		return;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		path = path_join(GOLDEN, names[i]);
		buf_reset(&b);
		if (file_read(&b, path) == 0)
			add(b.data, b.len);
		free(path);
	}
	buf_clear(&b);
	file_list_free(names, n);
}
