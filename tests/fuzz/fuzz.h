/*
 * What a fuzz target is.  tests/fuzz/MODULE-x.c defines LLVMFuzzerTestOneInput,
 * which gives one input to the library and returns 0; it may fail in no way but
 * by a sanitizer or abort().  Inputs to start from are the files of
 * tests/fuzz/corpus/MODULE-x/, and those that fuzz_seed makes, for formats that
 * are easier made than kept.
 *
 *	make fuzz && sh scripts/fuzz-run MODULE-x     libFuzzer, for as long as wanted;
 *	                                              words for it in tests/fuzz/dict
 *	make check T='fuzz/MODULE-x'                  5,000 seeded mutations (driver.c)
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Optional: call add for each input to start from. */
void fuzz_seed(void (*add)(const void *p, size_t n));

#endif
