/*
 * Files that do not say how long they are, from a server of our own that never
 * ends (or ends after 64 MiB, should nobody stop it).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "http/http.h"
#include "../tmp.h"

enum { BODY = 64, MIB = 1 << 20 };

static int listener = -1;
static size_t bytes_most = (size_t)BODY * MIB;
static char url[64];

static void *
serve(void *arg)
{
	static char zeros[MIB];
	char request[4096];
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		const char *head =
		    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
		size_t n;

		if (read(fd, request, sizeof(request)) > 0 &&
		    write(fd, head, strlen(head)) > 0)
			for (n = 0; n < bytes_most; n += sizeof(zeros))
				if (write(fd, zeros, sizeof(zeros)) < 0)
					break;
		close(fd);
	}
	return NULL;
}

static int
start(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	pthread_t thread;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&at, n) < 0 ||
	    listen(listener, 5) < 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &n) < 0 ||
	    pthread_create(&thread, NULL, serve, NULL) != 0)
		return -1;
	pthread_detach(thread);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/x", ntohs(at.sin_port));
	return 0;
}

static int
fetch(const char *path, uint64_t unknown_max, uint64_t max)
{
	struct http_file f = {
		.url = url, .path = path, .size = UINT64_MAX, .max = max
	};
	struct http_options o;
	struct http *h = NULL;
	int rc;

	http_options_init(&o);
	o.unknown_max = unknown_max;
	assert_int_equal(http_new(&h, &o), 0);
	rc = http_fetch(h, &f, 1);
	http_free(h);
	return rc;
}

/* Nothing of a file that was given up stays. */
static void
nothing_left(const char *path)
{
	char *part = mem_printf("%s.part", path);
	char *state = mem_printf("%s.part.json", path);

	assert_false(file_exists(path));
	assert_false(file_exists(part));
	assert_false(file_exists(state));
	mem_free(part);
	mem_free(state);
}

static void
endless(void **state)
{
	char *path = mem_strdup(tmp_path("endless"));

	(void)state;
	assert_int_equal(fetch(path, 3 * MIB, 0), ERR_RANGE);
	assert_non_null(strstr(err_text(), "does not say how long it is"));
	nothing_left(path);
	assert_int_equal(fetch(path, 3 * MIB, 2 * MIB), ERR_RANGE);
	nothing_left(path);
	mem_free(path);
}

/* A cap that is stated counts, also when it is more than the other. */
static void
of_unknown_length(void **state)
{
	char *path = mem_strdup(tmp_path("long"));
	uint64_t n = 0;

	(void)state;
	bytes_most = (size_t)4 * MIB;
	assert_int_equal(fetch(path, 3 * MIB, 5 * MIB), 0);
	assert_int_equal(file_size(&n, path), 0);
	assert_int_equal(n, 4 * MIB);
	mem_free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    endless, tmp_setup, tmp_teardown),
		cmocka_unit_test_setup_teardown(
		    of_unknown_length, tmp_setup, tmp_teardown),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
