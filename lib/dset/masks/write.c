/* Masks as COCO's annotations: see write.h. */
#include "dset/masks/write.h"

#include "base/err.h"
#include "base/mem.h"
#include "dset/masks/masks.h"
#include "dset/masks/outlines.h"
#include "json/json.h"

/* The pixels of one class: down the columns, the first run of others. */
struct region {
	uint32_t *run;
	size_t n, cap;
	int left, top, right, bottom; /* the box around it; right is its last */
	uint64_t area;
};

static void
put_run(struct region *r, uint32_t n)
{
	mem_grow(&r->run, &r->cap, r->n + 1);
	r->run[r->n++] = n;
}

static void
find_region(struct region *r, const struct image *mask, uint8_t class)
{
	uint32_t n = 0;
	bool in = false;

	r->n = 0;
	r->area = 0;
	r->left = r->top = INT32_MAX;
	r->right = r->bottom = -1;
	for (int x = 0; x < mask->width; x++)
		for (int y = 0; y < mask->height; y++) {
			size_t at = (size_t)y * (size_t)mask->width + (size_t)x;

			if ((mask->data[at] == class) != in) {
				put_run(r, n);
				n = 0;
				in = !in;
			}
			n++;
			if (!in)
				continue;
			r->area++;
			r->left = x < r->left ? x : r->left;
			r->right = x > r->right ? x : r->right;
			r->top = y < r->top ? y : r->top;
			r->bottom = y > r->bottom ? y : r->bottom;
		}
	put_run(r, n);
}

static int
put_region(struct buf *out, const struct region *r, int class, uint64_t id,
    uint64_t image_id, const struct image *mask)
{
	const int box[4] = { r->left, r->top, r->right - r->left + 1,
		r->bottom - r->top + 1 };
	struct buf text;
	struct json_w w;
	int rc;

	buf_init(&text, (size_t)7 * (r->n + 1) + 1);
	rc = dset_runs_write(&text, r->run, r->n);
	if (rc == 0 && out->len > 0)
		rc = buf_adds(out, ",\n");
	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kint(&w, "id", (int64_t)id);
	json_w_kint(&w, "image_id", (int64_t)image_id);
	json_w_kint(&w, "category_id", class == MASK_IGNORED ? 1 : class);
	json_w_key(&w, "segmentation");
	json_w_object(&w);
	json_w_key(&w, "size");
	json_w_array(&w);
	json_w_int(&w, mask->height);
	json_w_int(&w, mask->width);
	json_w_array_end(&w);
	json_w_kstr(&w, "counts", buf_str(&text));
	json_w_object_end(&w);
	json_w_key(&w, "bbox");
	json_w_array(&w);
	for (int i = 0; i < 4; i++)
		json_w_int(&w, box[i]);
	json_w_array_end(&w);
	json_w_kint(&w, "area", (int64_t)r->area);
	json_w_kint(&w, "iscrowd", class == MASK_IGNORED);
	json_w_object_end(&w);
	if (rc == 0)
		rc = json_w_end(&w);
	buf_clear(&text);
	return rc;
}

int
dset_mask_annotations(struct buf *out, uint64_t *id, int32_t *most,
    uint64_t image_id, const struct image *mask)
{
	const size_t n = (size_t)mask->width * (size_t)mask->height;
	bool has[MASK_VALUES] = { false };
	struct region r = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		has[mask->data[i]] = true;
	for (int k = 1; rc == 0 && k < MASK_VALUES; k++) {
		if (!has[k])
			continue;
		if (k != MASK_IGNORED && k > *most)
			*most = k;
		find_region(&r, mask, (uint8_t)k);
		rc = put_region(out, &r, k, ++*id, image_id, mask);
	}
	mem_free(r.run);
	return rc;
}
