#!/usr/bin/env bats
# store-pull: several models, and what a store is asked for them.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache
	unset DIGITS_MODEL_STORE_URL NNUTILS_TOKEN http_proxy
	for m in alpha beta gamma; do model_make store/$m $m; done
	store-index -q store
	ssh-keygen -q -t ed25519 -N '' -C me -f key
	store-index -q --sign key store
	nginx_start store
}

teardown() {
	servers_stop
}

# How often a path was asked for since the last call, of any status.
asked() { # PATH [STATUS]
	requests | awk -v p="/$1" -v s="$2" '$7 == p && (s == "" || $9 == s) { n++ }
	    END { print n + 0 }'
}

@test "--all asks for the manifest, its signature and each document once" {
	store-pull -q --all --verify key.pub -s "$NGINX" -o got
	for m in alpha beta gamma; do diff -r "store/$m" "got/$m"; done
	[ "$(asked manifest.json)" -eq 1 ]
	[ "$(asked manifest.json.sig)" -eq 1 ]
	[ "$(asked master.json)" -eq 1 ]
	[ "$(asked alpha/info.json)" -eq 1 ]
	requests_forget
	store-pull -q --all -s "$NGINX" -o got
	[ "$(asked manifest.json)" -eq 1 ]
	[ "$(asked manifest.json 304)" -eq 1 ]
	[ "$(asked beta/info.json 304)" -eq 1 ]
}

@test "several from a cached listing: the manifest once, by its ETag" {
	store-list "$NGINX" >/dev/null
	requests_forget
	store-pull -q -s "$NGINX" -o got alpha gamma
	[ "$(asked manifest.json)" -eq 1 ]
	[ "$(asked manifest.json 304)" -eq 1 ]
	[ "$(asked alpha/info.json 304)" -eq 1 ]
	[ "$(asked beta/info.json)" -eq 0 ]
	diff -r store/gamma got/gamma
}

@test "from a cached listing what the store has now is pulled" {
	store-list "$NGINX" >/dev/null
	sleep 1.1
	echo more >>store/alpha/labels.txt
	sed -i 's/of alpha/of alphas/' store/alpha/info.json
	store-index -q --sign key store
	store-pull -q --verify key.pub -s "$NGINX" -o got alpha beta
	diff -r store/alpha got/alpha
	model_make store/delta delta
	store-index -q store
	store-pull -q -s "$NGINX" -o got delta
	diff -r store/delta got/delta
}

@test "one of several that fails does not keep the others away" {
	run store-pull -s "$NGINX" -o got alpha nothing beta
	[ "$status" -eq 1 ]
	[[ "$output" == *"no model nothing"* ]]
	[ -e got/alpha ] && [ -e got/beta ]
	store-pull -q -s "$NGINX" -o one "The gamma"
	diff -r store/gamma one/gamma
}

@test "two models of one last name: the second is named, also with -f" {
	model_make store/a/same one
	model_make store/c/same two
	rm store/manifest*
	echo '{"children": ["a/same", "alpha", "c/same"]}' >store/master.json
	for f in '' -f; do
		run store-pull ${f:+"$f"} -q --all -s "$NGINX" -o got
		[ "$status" -eq 1 ]
		[[ "$output" == *": model c/same would be got/same, as a/same of "*": pull it with another --output"* ]]
		diff -r store/a/same got/same
	done
	store-pull -q -s "$NGINX" -o other c/same
	diff -r store/c/same other/same
}
