#!/usr/bin/env bats
# Odd stores: what is wrong is named, the rest is listed and pulled.

load odd
load ../cli/servers

setup_file() {
	odd_setup stores
}

setup() {
	cd "$D" || exit
	export NNUTILS_CACHE=$BATS_TEST_TMPDIR/cache HOME=$D
	unset http_proxy NNUTILS_TOKEN DIGITS_MODEL_STORE_URL
	odd_rows stores
}

teardown() {
	servers_stop
}

# list BASE: store-list of each store below it.
list() {
	local i v wrong=0
	for i in "${!names[@]}"; do
		v=$(odd_verdict "${verdicts[i]}" list)
		run timeout 20 store-list --tsv "$1${names[i]}"
		printf '%s\n' "$output" | grep -v '^store-list: ' >listed || true
		output=$(grep '^store-list: ' <<<"$output" || true)
		odd_check "${names[i]}" "$v" "${words[i]}" || wrong=1
	done
	return $wrong
}

pull() {
	local i v wrong=0
	for i in "${!names[@]}"; do
		v=$(odd_verdict "${verdicts[i]}" pull)
		rm -rf x
		run timeout 20 store-pull -s "$1${names[i]}" -o x m
		output=$(grep -v '^x/m$' <<<"$output" || true)
		odd_check "${names[i]}" "$v" "${words[i]}" || wrong=1
		case $v in
		ok | said)
			model-infer -q -m x/m few/0/1.png >/dev/null || wrong=1 ;;
		bad) [ -d x/m ] || wrong=1 ;;
		*)
			[ ! -e x/m ] || {
				echo "${names[i]}: left something"
				wrong=1
			} ;;
		esac
	done
	return $wrong
}

@test "store-list of folders" {
	list stores/
}

@test "store-list of a server" {
	nginx_start stores
	list "$NGINX"
}

@test "store-pull from folders" {
	pull stores/
}

@test "store-pull from a server" {
	nginx_start stores
	pull "$NGINX"
}
