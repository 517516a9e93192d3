/* What the scripts of the shells have in common; of prog's completion alone. */
#ifndef PROG_PROG_COMPLETION_H
#define PROG_PROG_COMPLETION_H

#include "prog/prog_int.h"

/* What stands behind an option, or an operand. */
enum complete {
	COMPLETE_NONE,
	COMPLETE_FREE, /* a number, a text: nothing to offer */
	COMPLETE_WORDS,
	COMPLETE_COMMAS, /* words, or several with commas between */
	COMPLETE_VALUES, /* "OPTION=WORD,..." of the program's own options */
	COMPLETE_FILES,
	COMPLETE_FOLDERS,
	COMPLETE_NETS, /* standard nets, and files */
	COMPLETE_DEVICES
};

enum complete complete_option(const struct opt *o);
enum complete complete_operand(const struct prog *p);
/* Is this row offered? */
bool complete_shown(const struct prog_row *r);
/* Is it a flag that is on unless --no-NAME is given? */
bool complete_no(const struct prog_row *r);
/* "a|b" with blanks between. */
void complete_words(FILE *f, const char *choices);
/* Do texts that this option takes stand behind "OPTION=" of another (OPT_VALUES)? */
bool complete_value(const struct opt *o);
/* "OPTION=" of each of them, with blanks between; p has options. */
void complete_values(FILE *f, const struct prog *p);
/* Has the program an option that takes such? */
bool complete_has_values(const struct prog *p);
/* What may stand behind an option, as "a|b", to be freed: its choices; behind --help
 * its topics. */
char *complete_choices(const struct prog_row *rows, const struct prog_row *r);
/* The name with underscores, as of a shell's function. */
void complete_function(FILE *f, const char *name);

/* Shell commands that print a name a line. */
#define COMPLETE_NETS_COMMAND                                                  \
	"net-show --list --tsv 2>/dev/null | sed 1d | cut -f1"
#define COMPLETE_DEVICES_COMMAND                                               \
	"model-train --device list --tsv 2>/dev/null | cut -f1; echo auto"

void complete_bash(const struct prog *p, const struct prog_row *rows, FILE *f);
void complete_zsh(const struct prog *p, const struct prog_row *rows, FILE *f);
void complete_fish(const struct prog *p, const struct prog_row *rows, FILE *f);

#endif
