/*
 * How much memory of the machine this process may still take.
 *
 * The least of three: what the kernel calls available, with free swap
 * (/proc/meminfo); what each control group above this process leaves, where
 * cached files count as free (version 2 and 1); and the limit of the process's
 * own address space (ulimit -v).  An upper bound: others may take it first.
 */
#ifndef FILE_RAM_H
#define FILE_RAM_H

#include <stdint.h>

/* Bytes; UINT64_MAX where nothing is known.  root: "", or for tests a folder
 * that stands for "/". */
uint64_t ram_available(const char *root);
/* The most this process ever had in memory so far. */
uint64_t ram_peak(void);

#endif
