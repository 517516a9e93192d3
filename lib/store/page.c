/* index.html of a store: one table, no scripts, nothing from elsewhere. */
#include "base/mem.h"
#include "base/num.h"
#include "json/markup.h"
#include "http/url.h"
#include "store/index.h"

static int
add_cell(struct buf *b, const char *s)
{
	TRY(buf_adds(b, "<td>"));
	TRY(markup_text(b, s));
	return buf_adds(b, "</td>");
}

static int
add_files(struct buf *b, const struct manifest_model *mm)
{
	char *dir = url_encode(mm->dir, 0), size[NUM_TEXT_MAX];
	size_t i;
	int rc = 0;

	for (i = 0; i < mm->n && rc == 0; i++) {
		char *name = url_encode(mm->v[i].name, 0);

		rc = buf_printf(b, "<a href=\"%s/%s\">", dir, name);
		if (rc == 0)
			rc = markup_text(b, mm->v[i].name);
		if (rc == 0)
			rc = buf_printf(b, "</a> %s<br>\n",
			    num_bytes_text(size, mm->v[i].size));
		mem_free(name);
	}
	mem_free(dir);
	return rc;
}

static int
add_model(
    struct buf *b, const struct manifest_model *mm, const struct store_model *m)
{
	char size[NUM_TEXT_MAX];

	TRY(buf_adds(b, "<tr>"));
	TRY(add_cell(b, mm->dir));
	TRY(add_cell(b, m->info.username));
	TRY(add_cell(b, m->info.framework));
	TRY(add_cell(b, m->dataset));
	TRY(add_cell(b, m->info.note));
	TRY(add_cell(b, m->licence));
	TRY(add_cell(b, num_bytes_text(size, manifest_size(mm))));
	TRY(buf_adds(b, "<td><details><summary>files</summary>\n"));
	TRY(add_files(b, mm));
	return buf_printf(b, "sha256:%s</details></td></tr>\n", mm->digest);
}

int
index_page(struct buf *out, const struct manifest *m,
    const struct store_model *models, const char *message)
{
	static const char style[] =
	    "body{font:1em sans-serif;margin:2em}"
	    "table{border-collapse:collapse}"
	    "td,th{padding:.3em .8em;border-bottom:1px solid #ccc;"
	    "text-align:left;vertical-align:top}";
	size_t i;

	TRY(buf_printf(out,
	    "<!DOCTYPE html>\n<html><head>"
	    "<meta charset=\"utf-8\">"
	    "<title>Model store</title>"
	    "<style>%s</style></head><body>\n<h1>Model store</h1>\n<p>",
	    style));
	TRY(markup_text(out, message));
	TRY(buf_adds(out,
	    "</p>\n<table><tr><th>Name</th><th>Contributor</th>"
	    "<th>Framework</th><th>Data set</th><th>Note</th>"
	    "<th>Licence</th><th>Size</th><th></th></tr>\n"));
	for (i = 0; i < m->n; i++)
		TRY(add_model(out, &m->v[i], &models[i]));
	return buf_adds(out, "</table>\n</body></html>\n");
}
