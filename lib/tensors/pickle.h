/*
 * Inside tensors: Python's pickles as values, without Python.
 *
 * A pickle is a program for a stack machine, which in Python calls whatever it
 * names.  Here nothing is called: what it names is asked for by the host, who
 * knows the few names that files of weights need and refuses all others.  Read are
 * the opcodes of protocols 2 to 5 that lists, tuples, dictionaries, texts and
 * numbers are made of; any other is ERR_FORMAT.  (Python's Lib/pickletools.py
 * describes them.)
 *
 * Every value lives in the arena of the run; texts point into the pickle.  Memory is
 * a small multiple of the pickle's bytes.
 */
#ifndef TENSORS_PICKLE_H
#define TENSORS_PICKLE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

enum pickle_kind {
	PICKLE_NONE,
	PICKLE_BOOL,
	PICKLE_INT,
	PICKLE_FLOAT,
	PICKLE_TEXT,  /* also bytes, and whole numbers of more than 8 bytes */
	PICKLE_TUPLE, /* items */
	PICKLE_LIST,  /* items */
	PICKLE_DICT,  /* items: key, value in turn, in the order they came */
	PICKLE_NAME,  /* something of a module: text "module.name", id */
	PICKLE_OTHER  /* the host's: id and host */
};

struct pickle_value {
	enum pickle_kind kind;
	int id;           /* of names and of the host's own */
	int64_t number;   /* of ints and bools */
	const char *text; /* n bytes, no 0 behind them */
	struct pickle_value **items;
	size_t n, cap;
	void *host;
};

struct pickle_host {
	void *ctx;
	/* May it be named?  Sets v->id, or ERR_UNSUPPORTED. */
	int (*name)(void *ctx, struct pickle_value *v);
	/* What an id outside the pickle stands for. */
	int (*outside)(void *ctx, struct pickle_value **out,
	    const struct pickle_value *id);
	/* What comes of calling a name with the arguments of a tuple. */
	int (*call)(void *ctx, struct pickle_value **out,
	    const struct pickle_value *name, const struct pickle_value *args);
	/* Attributes that a value is to have. */
	int (*build)(void *ctx, struct pickle_value *v,
	    const struct pickle_value *state);
};

/* One pickle at the n bytes of p: what it makes, and how many bytes it took.  Errors
 * name the byte. */
int pickle_run(struct pickle_value **out, size_t *taken, struct arena *a,
    const void *p, size_t n, const struct pickle_host *host);

struct pickle_value *pickle_new(struct arena *a, enum pickle_kind kind);
/* Is it that text? */
int pickle_is(const struct pickle_value *v, const char *text);
/* The value of a text key, or NULL; v is a dictionary. */
struct pickle_value *pickle_get(const struct pickle_value *v, const char *key);

#endif
