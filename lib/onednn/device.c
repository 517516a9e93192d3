/* The CPU as a device: oneDNN's engine and stream, threads, what it computes. */
#include "base/num.h"
#include "onednn/onednn.h"
#include "onednn/plan.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>

static const char *
isa_name(void)
{
	static const struct {
		dnnl_cpu_isa_t isa;
		const char *name;
	} names[] = {
		{ dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx" },
		{ dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16" },
		{ dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni" },
		{ dnnl_cpu_isa_avx512_core, "avx512_core" },
		{ dnnl_cpu_isa_avx2_vnni, "avx2_vnni" },
		{ dnnl_cpu_isa_avx2, "avx2" },
		{ dnnl_cpu_isa_avx, "avx" },
		{ dnnl_cpu_isa_sse41, "sse41" },
	};
	size_t k;

	for (k = 0; k < LENGTH(names); k++)
		if (od_isa(names[k].isa))
			return names[k].name;
	return "generic";
}

/*
 * Without AMX the products of two bf16 take one instruction, which on Intel's
 * CPUs does no more of them in a cycle than float32's does: with all that goes
 * around them convolutions take twice as long (seen with oneDNN 2.6 and 3.7).
 * On AMD's it does twice as many.
 */
static bool
bf16_pays(void)
{
#if defined(__x86_64__)
	return od_isa(dnnl_cpu_isa_avx512_core_amx) ||
	    !__builtin_cpu_is("intel");
#else
	return true;
#endif
}

void
onednn_keep_bf16(struct device *d)
{
	if (d->backend == &backend_onednn)
		((struct od_device *)d)->slow = false;
}

void
od_device_close(struct device *base)
{
	struct od_device *d = (struct od_device *)base;

	if (d == NULL)
		return;
	dnnl_stream_destroy(d->stream);
	dnnl_engine_destroy(d->engine);
	mem_free(d);
}

int
od_device_open(struct device **out, int index, const struct device_opts *o)
{
	struct od_device *d;
	const dnnl_version_t *v = dnnl_version();
	int rc;

	*out = NULL;
	if (index > 0)
		return err_set(
		    ERR_DEVICE, "there is one cpu device, not %d", index + 1);
	d = mem_new(struct od_device);
	d->threads =
	    o != NULL && o->threads > 0 ? o->threads : omp_get_num_procs();
	omp_set_num_threads(d->threads);
	d->bf16 = od_isa(dnnl_cpu_isa_avx512_core_bf16);
	d->slow = d->bf16 && !bf16_pays();
	rc = od_status(dnnl_engine_create(&d->engine, dnnl_cpu, 0), "engine");
	if (rc == 0)
		rc = od_status(dnnl_stream_create(&d->stream, d->engine,
				   dnnl_stream_default_flags),
		    "stream");
	if (rc < 0) {
		od_device_close(&d->base);
		return rc;
	}
	snprintf(d->base.name, sizeof(d->base.name),
	    "cpu (oneDNN %d.%d.%d, %d %s, %s)", v->major, v->minor, v->patch,
	    d->threads, num_plural((uint64_t)d->threads, "thread", "threads"),
	    isa_name());
	*out = &d->base;
	return 0;
}

int
od_device_info(struct device_info *out, int index)
{
	const dnnl_version_t *v = dnnl_version();

	memset(out, 0, sizeof(*out));
	if (index > 0)
		return err_set(
		    ERR_DEVICE, "there is one cpu device, not %d", index + 1);
	out->units = omp_get_num_procs();
	snprintf(out->arch, sizeof(out->arch), "%s", isa_name());
	snprintf(out->software, sizeof(out->software), "oneDNN %d.%d.%d",
	    v->major, v->minor, v->patch);
	return 0;
}
