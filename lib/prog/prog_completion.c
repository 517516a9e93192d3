/* --completion: what stands behind each option, told by its kind and the word that
 * help shows for it; and the script for bash. */
#include "prog/prog_completion.h"

#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* Does the word begin one of the parts of text, behind "X=" too? */
static bool
names(const char *text, const char *word)
{
	const size_t n = strlen(word);

	for (const char *p = text + (text[0] == '['); *p != '\0'; p++) {
		if (strncmp(p, word, n) == 0 && !isalpha((unsigned char)p[n]))
			return true;
		p = strpbrk(p, "|=[ ");
		if (p == NULL)
			break;
	}
	return false;
}

static enum complete
of_word(const char *arg)
{
	static const char *const files[] = { "FILE", "MODEL", "IMAGE", "PATH",
		"SOURCE", "KEY", "GIST", "ARCHIVE" };
	static const char *const folders[] = { "DIR", "DSET", "DSET2", "FOLDER",
		"LMDB" };

	if (arg == NULL)
		return COMPLETE_FREE;
	if (names(arg, "NET"))
		return COMPLETE_NETS;
	if (names(arg, "DEV"))
		return COMPLETE_DEVICES;
	for (size_t i = 0; i < LENGTH(files); i++)
		if (names(arg, files[i]))
			return COMPLETE_FILES;
	for (size_t i = 0; i < LENGTH(folders); i++)
		if (names(arg, folders[i]))
			return COMPLETE_FOLDERS;
	return COMPLETE_FREE;
}

enum complete
complete_option(const struct opt *o)
{
	enum complete c;

	if (o->type == OPT_FLAG || o->type == OPT_COUNT)
		return COMPLETE_NONE;
	if (o->flags & OPT_VALUES)
		return COMPLETE_VALUES;
	if (o->type == OPT_CHOICE ||
	    ((o->type == OPT_STR || o->type == OPT_LIST) &&
		o->choices != NULL && !(o->flags & OPT_OUT)))
		return o->flags & OPT_COMMAS ? COMPLETE_COMMAS : COMPLETE_WORDS;
	c = o->type == OPT_STR || o->type == OPT_LIST ? of_word(o->arg)
						      : COMPLETE_FREE;
	if (c == COMPLETE_FREE && (o->flags & (OPT_INPUT | OPT_OUT)))
		return COMPLETE_FILES;
	if (c == COMPLETE_FREE && (o->flags & OPT_OUT_DIR))
		return COMPLETE_FOLDERS;
	return c;
}

enum complete
complete_operand(const struct prog *p)
{
	if (p->operand_words != NULL)
		return COMPLETE_WORDS;
	return p->operands == NULL ? COMPLETE_NONE : of_word(p->operands);
}

bool
complete_shown(const struct prog_row *r)
{
	return r->opt->type != OPT_HEAD && !(r->opt->flags & OPT_HIDDEN);
}

bool
complete_no(const struct prog_row *r)
{
	return r->opt->type == OPT_FLAG && *(const bool *)r->dest;
}

void
complete_words(FILE *f, const char *choices)
{
	for (; *choices != '\0'; choices++)
		fputc(*choices == '|' ? ' ' : *choices, f);
}

bool
complete_value(const struct opt *o)
{
	return o->type != OPT_HEAD && o->type != OPT_COUNT &&
	    !(o->flags & (OPT_HIDDEN | OPT_OUT | OPT_OUT_DIR | OPT_VALUES));
}

void
complete_values(FILE *f, const struct prog *p)
{
	for (const struct opt *o = p->opts; o->type != 0; o++)
		if (complete_value(o))
			fprintf(f, "%s= ", o->name);
}

bool
complete_has_values(const struct prog *p)
{
	for (const struct opt *o = p->opts; o != NULL && o->type != 0; o++)
		if (o->flags & OPT_VALUES)
			return true;
	return false;
}

char *
complete_choices(const struct prog_row *rows, const struct prog_row *r)
{
	return r->dest == &prog_raw.help_topic ? prog_help_topics(rows)
					       : mem_strdup(r->opt->choices);
}

void
complete_function(FILE *f, const char *name)
{
	fputc('_', f);
	for (; *name != '\0'; name++)
		fputc(isalnum((unsigned char)*name) ? *name : '_', f);
}

int
prog_completion(const struct prog *p, const struct prog_row *rows,
    const char *shell, FILE *f)
{
	static const struct {
		const char *shell;
		void (*write)(
		    const struct prog *p, const struct prog_row *rows, FILE *f);
	} shells[] = { { "bash", complete_bash }, { "zsh", complete_zsh },
		{ "fish", complete_fish } };

	for (size_t i = 0; i < LENGTH(shells); i++)
		if (strcmp(shells[i].shell, shell) == 0) {
			shells[i].write(p, rows, f);
			return 0;
		}
	prog_unknown_choice("bash|zsh|fish", shell);
	return err_in(ERR_USAGE, "--completion");
}
