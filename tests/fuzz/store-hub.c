/* What a hub answers about a repository: read, and the files that are wanted chosen. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "store/hub/repo.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hub_repo r = { 0 };
	const struct hub_file **v;
	size_t n;

	if (hub_repo_parse(&r, (const char *)data, size) >= 0 &&
	    hub_choose(&v, &n, &r, NULL) >= 0) {
		for (size_t i = 0; i < n; i++)
			if (hub_repo_find(&r, v[i]->name) == NULL)
				__builtin_trap();
		mem_free(v);
	}
	hub_repo_clear(&r);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char answer[] =
	    "{\"sha\":\"0123456789abcdef0123456789abcdef01234567\","
	    "\"cardData\":{\"license\":\"mit\"},\"tags\":[\"license:mit\"],"
	    "\"siblings\":[{\"rfilename\":\"onnx/model.onnx\",\"size\":3,"
	    "\"blobId\":\"0123456789abcdef0123456789abcdef01234567\",\"lfs\":"
	    "{\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}},"
	    "{\"rfilename\":\"config.json\",\"size\":12,\"blobId\":\"\"}]}";

	add(answer, sizeof(answer) - 1);
}
