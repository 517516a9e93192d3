/* Pictures of 16 bits as numbers: their scale, the order of planes, grey of colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "dset/deep.h"

static int
read_text(struct value *v, struct buf *room, struct image *shown,
    const char *text, int channels)
{
	return dset_deep_read(
	    v, room, shown, text, strlen(text), "picture", 0, channels);
}

static void
is_near(float got, double want)
{
	assert_true(got > want - 1e-4 && got < want + 1e-4);
}

static void
scales(void **state)
{
	struct image shown;
	struct value v;
	struct buf room;

	(void)state;
	image_init(&shown);
	buf_init(&room, 1 << 16);
	assert_int_equal(
	    read_text(&v, &room, &shown, "P2 3 1 65535 0 128 65535", 1), 0);
	assert_int_equal(v.channels, 1);
	assert_int_equal(v.width, 3);
	is_near(v.floats[1], 128 / 257.);
	is_near(v.floats[2], 255);
	assert_memory_equal(shown.data, "\0\0\377", 3);
	/* Of 8 bits: as they are. */
	assert_int_equal(
	    read_text(&v, &room, &shown, "P2 2 1 255 7 200", 1), 0);
	is_near(v.floats[0], 7);
	is_near(v.floats[1], 200);
	/* Planes of three are B G R. */
	assert_int_equal(read_text(&v, &room, &shown,
			     "P3 2 1 65535 257 514 771 1028 1285 1542", 3),
	    0);
	is_near(v.floats[0], 3);
	is_near(v.floats[1], 6);
	is_near(v.floats[4], 1);
	assert_memory_equal(shown.data, "\1\2\3\4\5\6", 6);
	assert_int_equal(
	    read_text(&v, &room, &shown, "P3 1 1 65535 0 65535 0", 1), 0);
	is_near(v.floats[0], ((38470ULL * 65535 + 32768) >> 16) / 257.);
	assert_int_equal(
	    read_text(&v, &room, &shown, "P2 1 1 65535 514", 3), 0);
	is_near(v.floats[2], 2);
	assert_int_equal(
	    read_text(&v, &room, &shown, "P2 2 1 65535 1", 1), ERR_FORMAT);
	buf_clear(&room);
	image_clear(&shown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
