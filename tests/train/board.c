/* Events for TensorBoard: checksums of the standard, records found again, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "train/monitors/event.h"

/* RFC 3720, B.4. */
static void
checksums_of_the_standard(void **state)
{
	uint8_t bytes[32];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(event_crc(bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(event_crc(bytes, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(event_crc(bytes, 32), 0x46dd794e);
}

static void
make(struct buf *record, int64_t step)
{
	struct buf m;

	buf_init(&m, 1000);
	event_double(&m, 1, 1.5);
	event_int(&m, 2, step);
	event_text(&m, 3, "brain.Event:2");
	event_float(&m, 4, 0.5f);
	assert_int_equal(event_record(record, &m), 0);
	buf_clear(&m);
}

static void
steps_are_found_again(void **state)
{
	static const int64_t steps[] = { 0, 1, 127, 128, 300000,
		(int64_t)1 << 40 };
	struct buf b;
	int64_t step;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		const uint8_t *p;

		buf_reset(&b);
		make(&b, steps[i]);
		p = (const uint8_t *)b.data;
		assert_int_equal(event_step(&step, p, b.len), b.len);
		assert_int_equal(step, steps[i]);
		/* cut off anywhere, and damaged anywhere */
		for (size_t n = 0; n < b.len; n++)
			assert_int_equal(event_step(&step, p, n), 0);
		for (size_t n = 0; n < b.len; n++) {
			b.data[n] ^= 4;
			assert_int_equal(event_step(&step, p, b.len), 0);
			b.data[n] ^= 4;
		}
	}
	buf_clear(&b);
}

static void
too_much_is_refused(void **state)
{
	struct buf m, b;

	(void)state;
	buf_init(&m, 8);
	buf_init(&b, 1000);
	event_text(&m, 1, "no room for this");
	event_int(&m, 1, 300);
	event_double(&m, 1, 2);
	event_text(&m, 1, "1234");
	assert_int_equal(event_record(&b, &m), ERR_RANGE);
	buf_clear(&m);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_of_the_standard),
		cmocka_unit_test(steps_are_found_again),
		cmocka_unit_test(too_much_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
