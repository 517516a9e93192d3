/* Which nets a solver means, read and renamed: see solver_file.h. */
#include "recipe/solver_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "file/file.h"
#include "file/replace.h"
#include "nn/read.h"

static int
read_net(Caffe__NetParameter **out, const char *name, const char *dir)
{
	char *path = mem_strdup(name);
	int rc;

	if (!file_exists(path)) {
		char *beside = path_join(dir, path_base(name));

		mem_free(path);
		path = beside;
	}
	if (!file_exists(path))
		rc = file_absent(path, "%s: no such file, nor %s", name, path);
	else
		rc = net_read(out, path);
	replace_input(path);
	mem_free(path);
	return rc;
}

static int
read_train(
    struct solver_nets *nets, const Caffe__SolverParameter *sp, const char *dir)
{
	const Caffe__NetParameter *held =
	    sp->train_net_param != NULL ? sp->train_net_param : sp->net_param;
	const char *named = sp->train_net != NULL ? sp->train_net : sp->net;
	int n = (sp->train_net_param != NULL) + (sp->net_param != NULL) +
	    (sp->train_net != NULL) + (sp->net != NULL);

	if (n != 1)
		return err_set(ERR_FORMAT,
		    "%d of train_net_param, train_net, net_param and net are set; one is wanted",
		    n);
	if (held == NULL)
		return read_net(&nets->train, named, dir);
	nets->train = caffe_msg_copy(held);
	return 0;
}

static void
tests_begin(struct solver_nets *nets, size_t n)
{
	nets->tests = mem_array(Caffe__NetParameter *, n + 1);
	nets->ntests = 0;
}

static int
read_tests(
    struct solver_nets *nets, const Caffe__SolverParameter *sp, const char *dir)
{
	tests_begin(nets, sp->n_test_net_param + sp->n_test_net);
	for (size_t i = 0; i < sp->n_test_net_param; i++)
		nets->tests[nets->ntests++] =
		    caffe_msg_copy(sp->test_net_param[i]);
	for (size_t i = 0; i < sp->n_test_net; i++) {
		TRY(read_net(&nets->tests[nets->ntests], sp->test_net[i], dir));
		nets->ntests++;
	}
	return 0;
}

/* The nets by the names that they have in a model folder. */
static void
rename_nets(Caffe__SolverParameter *sp, size_t ntests)
{
	caffe_msg_free(sp->train_net_param);
	caffe_msg_free(sp->net_param);
	sp->train_net_param = sp->net_param = NULL;
	caffe_set_str(sp, "train_net", NULL);
	caffe_set_str(sp, "net", "train_val.prototxt");
	for (size_t i = 0; i < sp->n_test_net_param; i++)
		caffe_msg_free(sp->test_net_param[i]);
	free(sp->test_net_param);
	sp->test_net_param = NULL;
	sp->n_test_net_param = 0;
	for (size_t i = 0; i < sp->n_test_net; i++)
		free(sp->test_net[i]);
	free(sp->test_net);
	sp->test_net = NULL;
	sp->n_test_net = 0;
	for (size_t i = 0; i < ntests; i++) {
		char *name = mem_printf("test_%zu.prototxt", i);

		caffe_add_str(&sp->test_net, &sp->n_test_net, name);
		mem_free(name);
	}
}

int
solver_file_check(
    const Caffe__SolverParameter *sp, const struct solver_nets *nets)
{
	if (nets->ntests > sp->n_test_iter)
		return err_set(ERR_FORMAT, "%zu test nets, but %zu test_iter",
		    nets->ntests, sp->n_test_iter);
	if (sp->n_test_state > 0 && sp->n_test_state != sp->n_test_iter)
		return err_set(ERR_FORMAT, "%zu test_state, but %zu test_iter",
		    sp->n_test_state, sp->n_test_iter);
	if (sp->n_test_iter > 0 && sp->test_interval <= 0)
		return err_set(
		    ERR_FORMAT, "test_iter is set, test_interval is not");
	for (size_t i = 0; i < sp->n_test_iter; i++)
		if (sp->test_iter[i] < 1)
			return err_set(ERR_FORMAT, "test_iter: %d batches",
			    sp->test_iter[i]);
	return 0;
}

int
solver_file_read(
    Caffe__SolverParameter **out, struct solver_nets *nets, const char *path)
{
	Caffe__SolverParameter *sp = NULL;
	char *dir = path_dir(path);
	int rc = caffe_solver_read(&sp, path);
	int own;

	memset(nets, 0, sizeof(*nets));
	if (rc >= 0)
		rc = read_train(nets, sp, dir);
	own = rc >= 0 && (sp->train_net != NULL || sp->train_net_param != NULL);
	if (rc >= 0)
		rc = read_tests(nets, sp, dir);
	if (rc >= 0)
		rc = solver_file_check(sp, nets);
	if (rc >= 0 && own && nets->ntests < sp->n_test_iter)
		rc = err_set(ERR_FORMAT,
		    "%zu test_iter, but %zu test nets, and train_net is not one to test with",
		    sp->n_test_iter, nets->ntests);
	mem_free(dir);
	if (rc < 0) {
		caffe_msg_free(sp);
		solver_nets_clear(nets);
		return err_in(rc, "%s", path);
	}
	rename_nets(sp, nets->ntests);
	*out = sp;
	return 0;
}

int
solver_file_tests(
    struct solver_nets *nets, const Caffe__SolverParameter *sp, const char *dir)
{
	tests_begin(nets, sp->n_test_net);
	for (size_t i = 0; i < sp->n_test_net; i++) {
		char *path = path_join(dir, sp->test_net[i]);
		int rc = net_read(&nets->tests[i], path);

		mem_free(path);
		if (rc < 0)
			return rc;
		nets->ntests++;
	}
	return solver_file_check(sp, nets);
}

void
solver_nets_clear(struct solver_nets *nets)
{
	caffe_msg_free(nets->train);
	for (size_t i = 0; i < nets->ntests; i++)
		caffe_msg_free(nets->tests[i]);
	mem_free(nets->tests);
	memset(nets, 0, sizeof(*nets));
}

/* One file of the field: as it is named, else beside the solver. */
static char *
weights_find(const char *name, size_t n, const char *dir)
{
	char *path = mem_strndup(name, n), *beside;

	if (file_exists(path))
		return path;
	beside = path_join(dir, path_base(path));
	if (file_exists(beside)) {
		mem_free(path);
		return beside;
	}
	mem_free(beside);
	return path;
}

int
solver_file_weights(
    char ***out, const Caffe__SolverParameter *sp, const char *path)
{
	char *dir = path_dir(path), **v = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < sp->n_weights; i++)
		for (const char *p = sp->weights[i]; *p != '\0';) {
			size_t len;

			p += strspn(p, ", ");
			len = strcspn(p, ",");
			while (len > 0 && p[len - 1] == ' ')
				len--;
			if (len > 0) {
				mem_grow(&v, &cap, n + 2);
				v[n++] = weights_find(p, len, dir);
			}
			p += strcspn(p, ",");
		}
	mem_grow(&v, &cap, n + 1);
	v[n] = NULL;
	mem_free(dir);
	*out = v;
	return (int)n;
}

void
solver_weights_free(char **v)
{
	for (size_t i = 0; v != NULL && v[i] != NULL; i++)
		mem_free(v[i]);
	mem_free(v);
}
