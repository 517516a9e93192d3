/*
 * What http does without a network: URLs, directory listings as the servers
 * write them, signatures against Amazon's published examples, offline.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "http/http.h"
#include "http/listing.h"
#include "http/s3.h"
#include "http/url.h"

static void
is(char *got, const char *want)
{
	assert_string_equal(got, want);
	mem_free(got);
}

static void
urls(void **state)
{
	static const char *const bad[] = { "file:///etc/passwd", "ftp://x/",
		"http://", "http:///x", "http://:80/", "http://a b/",
		"http://a/\n", "x", "" };
	size_t i;

	(void)state;
	assert_int_equal(url_check("http://a/b"), 0);
	assert_int_equal(url_check("HTTPS://u:p@[::1]:8/b?c"), 0);
	for (i = 0; i < LENGTH(bad); i++)
		if (url_check(bad[i]) != ERR_USAGE)
			fail_msg("accepted: %s", bad[i]);
	is(url_join("http://a/b", "c d/e%"), "http://a/b/c%20d/e%25");
	is(url_join("http://a/b/", "c"), "http://a/b/c");
	is(url_decode("a%20b%2Fc%zz%4"), "a b/c%zz%4");
	assert_null(url_decode("a%00b"));
	is(url_host("http://u:p@Host:80/x@y"), "host:80");
	is(url_path("http://a/b/c?d#e"), "/b/c");
	is(url_path("http://a"), "/");
	is(url_public("http://u:p@a/b?key=secret"), "http://a/b");
	assert_true(url_same_origin("http://a/x", "HTTP://A:80/y"));
	assert_true(url_same_origin("https://a/x", "https://a:443/y"));
	assert_false(url_same_origin("http://a/x", "https://a/y"));
	assert_false(url_same_origin("http://a/x", "http://a:81/y"));
	assert_false(url_same_origin("http://a/x", "http://a.b/y"));
}

static void
pages_of_files(void **state)
{
	static const char *const v[][2] = {
		{ "https://www.dropbox.com/s/a/w.caffemodel?dl=0",
		    "https://www.dropbox.com/s/a/w.caffemodel?dl=1" },
		{ "https://dropbox.com/s/a/w.caffemodel",
		    "https://dropbox.com/s/a/w.caffemodel?dl=1" },
		{ "https://www.dropbox.com/scl/w?rlkey=x&dl=0&st=y#z",
		    "https://www.dropbox.com/scl/w?rlkey=x&dl=1&st=y" },
		{ "https://www.dropbox.com/scl/w?rlkey=x#&dl=0",
		    "https://www.dropbox.com/scl/w?rlkey=x&dl=1" },
		{ "https://www.dropbox.com/scl/w?rlkey=x",
		    "https://www.dropbox.com/scl/w?rlkey=x&dl=1" },
		{ "https://drive.google.com/file/d/1Ab_-9/view?usp=sharing",
		    "https://drive.usercontent.google.com/download?id=1Ab_-9&export=download&confirm=t" },
		{ "https://drive.google.com/uc?export=download&id=1Ab",
		    "https://drive.usercontent.google.com/download?id=1Ab&export=download&confirm=t" },
		{ "https://drive.google.com/drive/folders",
		    "https://drive.google.com/drive/folders" },
		{ "https://github.com/u/r/blob/main/w.caffemodel",
		    "https://github.com/u/r/raw/main/w.caffemodel" },
		{ "https://huggingface.co/o/m/blob/main/w.caffemodel",
		    "https://huggingface.co/o/m/resolve/main/w.caffemodel" },
		{ "http://notdropbox.com/w?dl=0",
		    "http://notdropbox.com/w?dl=0" },
		{ "http://a/blob/w", "http://a/blob/w" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(v); i++)
		is(url_direct(v[i][0]), v[i][1]);
}

struct page {
	const char *server;
	const char *html;
	const char *want; /* names, folders with '/', separated by | */
};

static const struct page pages[] = {
	{ "python",
	    "<h1>Directory listing for /</h1><ul>\n"
	    "<li><a href=\"a%20b/\">a b/</a></li>\n"
	    "<li><a href=\"x.png\">x.png</a></li></ul>",
	    "a b/|x.png" },
	{ "nginx",
	    "<a href=\"../\">../</a>\n<a href=\"cat/\">cat/</a> 1-Jan -\n"
	    "<a href=\"very%26long.txt\">very&amp;lo..&gt;</a> 3",
	    "cat/|very&long.txt" },
	{ "apache",
	    "<a href=\"?C=N;O=D\">Name</a><a href=\"/\">Parent</a>"
	    "<td><a href=\"lenet/\">lenet/</a></td>",
	    "lenet/" },
	{ "lighttpd",
	    "<td class=\"n\"><a href=\"../\">..</a>/</td>"
	    "<td class=\"n\"><a href=\"m/\">m</a>/</td>",
	    "m/" },
	{ "DIGITS: a cell without link", "<tr><td>alexnet/</td></tr>",
	    "alexnet/" },
	{ "absolute path", "<a href='/s/one/'>1</a><a href=/s/two>2</a>",
	    "one/|two" },
	{ "whole URL", "<a href=\"http://h/s/one/\">1</a>", "one/" },
	{ "elsewhere",
	    "<a href=\"http://other/s/one/\">1</a><a href=\"//x/y/\">2</a>"
	    "<a href=\"/t/three/\">3</a><a href=\"a/b/\">4</a>"
	    "<a href=\"javascript:x\">5</a>",
	    "" },
	{ "hostile",
	    "<a href=\"..%2f..%2fevil/\">x</a><a href=\"%2e%2e/\">x</a>"
	    "<a href=\"a%00b/\">x</a><a href=\"a%0ab/\">x</a>"
	    "<a href=\"..\\x/\">x</a><a href=\"",
	    "" },
	{ "once", "<a href=\"a/\">a</a><td>a/</td><a href=\"a/\">", "a/" },
};

static void
listings(void **state)
{
	struct listing l;
	struct buf b;
	size_t i, j;

	(void)state;
	for (i = 0; i < LENGTH(pages); i++) {
		listing_init(&l);
		buf_init(&b, 1 << 16);
		assert_int_equal(listing_parse(&l, pages[i].html,
				     strlen(pages[i].html), "http://h/s/"),
		    0);
		for (j = 0; j < l.n; j++)
			buf_printf(&b, "%s%s%s", j > 0 ? "|" : "", l.v[j].name,
			    l.v[j].is_dir ? "/" : "");
		if (strcmp(buf_str(&b), pages[i].want) != 0)
			fail_msg("%s: '%s'", pages[i].server, buf_str(&b));
		buf_clear(&b);
		listing_clear(&l);
	}
}

/* "GET Bucket (List Objects)" of Amazon's page on signature version 4. */
static void
signs_as_amazon_does(void **state)
{
	static const char url[] =
	    "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J";
	char *headers[S3_HEADERS] = { NULL };
	struct s3 *s = NULL;
	size_t i;

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY",
	    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
	setenv("AWS_REGION", "us-east-1", 1);
	unsetenv("AWS_SESSION_TOKEN");
	assert_int_equal(s3_open(&s, NULL), 0);
	assert_int_equal(s3_sign_at(s, headers, NULL, url, 1369353600), 0);
	assert_string_equal(headers[0], "x-amz-date: 20130524T000000Z");
	assert_non_null(strstr(headers[2],
	    "Signature="
	    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f"
	    "7"));
	assert_null(headers[3]);
	for (i = 0; i < S3_HEADERS; i++)
		mem_free(headers[i]);
	s3_close(s);
}

static void
splits_buckets(void **state)
{
	static const char *const bad[] = { "s3://", "s3:///x", "http://a",
		"s3://a b/c", "s3://..%2f/x" };
	char *bucket, *prefix;
	size_t i;

	(void)state;
	assert_int_equal(s3_split(&bucket, &prefix, "s3://b/a/c/"), 0);
	is(bucket, "b");
	is(prefix, "a/c/");
	assert_int_equal(s3_split(&bucket, &prefix, "s3://b"), 0);
	is(bucket, "b");
	is(prefix, "");
	for (i = 0; i < LENGTH(bad); i++)
		assert_int_equal(s3_split(&bucket, &prefix, bad[i]), ERR_USAGE);
}

static void
asks_nothing_offline(void **state)
{
	struct http_options o;
	struct http *h = NULL;
	struct buf b;

	(void)state;
	http_options_init(&o);
	o.offline = 1;
	buf_init(&b, 100);
	assert_int_equal(http_new(&h, &o), 0);
	assert_int_equal(http_get(h, &b, "http://127.0.0.1:1/"), ERR_NET);
	http_free(h);
	o.token = "secret";
	assert_int_equal(http_new(&h, &o), ERR_USAGE);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(pages_of_files),
		cmocka_unit_test(listings),
		cmocka_unit_test(signs_as_amazon_does),
		cmocka_unit_test(splits_buckets),
		cmocka_unit_test(asks_nothing_offline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
