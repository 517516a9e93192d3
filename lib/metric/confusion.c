/* Counting answers against the truth: see confusion.h. */
#include "metric/confusion.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

int
confusion_init(struct confusion *c, size_t classes, bool matrix)
{
	memset(c, 0, sizeof(*c));
	if (classes < 1)
		return err_set(ERR_RANGE, "an answer without classes");
	c->classes = classes;
	c->truths = mem_array(uint64_t, classes);
	c->answers = mem_array(uint64_t, classes);
	c->right = mem_array(uint64_t, classes);
	if (matrix)
		c->matrix = mem_array(uint64_t, classes * classes);
	return 0;
}

void
confusion_clear(struct confusion *c)
{
	mem_free(c->truths);
	mem_free(c->answers);
	mem_free(c->right);
	mem_free(c->matrix);
	memset(c, 0, sizeof(*c));
}

bool
confusion_add(struct confusion *c, int truth, const int *order, size_t n)
{
	if (truth < 0 || (size_t)truth >= c->classes || n == 0 ||
	    order[0] < 0 || (size_t)order[0] >= c->classes) {
		c->outside++;
		return false;
	}
	c->n++;
	c->truths[truth]++;
	c->answers[order[0]]++;
	c->right[truth] += order[0] == truth;
	c->top1 += order[0] == truth;
	for (size_t i = 0; i < n && i < 5; i++)
		c->top5 += order[i] == truth;
	if (c->matrix != NULL)
		c->matrix[(size_t)truth * c->classes + (size_t)order[0]]++;
	return true;
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

double
confusion_precision(const struct confusion *c, size_t i)
{
	return share(c->right[i], c->answers[i]);
}

double
confusion_recall(const struct confusion *c, size_t i)
{
	return share(c->right[i], c->truths[i]);
}

uint64_t
confusion_at(const struct confusion *c, size_t truth, size_t answer)
{
	return c->matrix[truth * c->classes + answer];
}

size_t
confusion_metrics(
    const struct confusion *c, struct gate_value v[CONFUSION_METRICS])
{
	v[0] = (struct gate_value){ "top1", share(c->top1, c->n) };
	v[1] = (struct gate_value){ "top5", share(c->top5, c->n) };
	return CONFUSION_METRICS;
}
