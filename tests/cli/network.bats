#!/usr/bin/env bats
# What the programs that ask the network have in common: they end when they are
# told to, whatever they wait for; they do not wait for ever; a terminal shows
# what comes from elsewhere and does not obey it.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache HOME=$PWD
	unset DIGITS_MODEL_STORE_URL NNUTILS_TOKEN GITHUB_TOKEN http_proxy
}

teardown() {
	servers_stop
}

# waits_start HOW: sets $WAITS; a full or silent server cannot be knocked at.
waits_start() {
	rm -f waits.log # of the server before
	python3 "$BATS_TEST_DIRNAME/waits-server.py" "$1" >waits.log 2>&1 3>&- &
	servers+=($!)
	wait_for test -s waits.log
	WAITS=127.0.0.1:$(head -n 1 waits.log)/
}

# stops COMMAND...: told to end while it waits, it does so within 5 seconds.
stops() {
	"$@" >out 2>err </dev/null 3>&- &
	local pid=$! rc
	sleep 0.7
	kill -0 "$pid" || { echo "$* did not wait for $WAITS"; cat err; return 1; }
	kill "$pid"
	ends "$pid" || { echo "$*"; cat err; return 1; }
	[ "$rc" -eq 75 ] || [ "$rc" -eq 143 ] || { echo "$*: $rc"; cat err; return 1; }
}

@test "SIGTERM ends a wait for a connection, a greeting, an answer, a body, a pause" {
	for how in full silent body busy; do
		waits_start "$how"
		stops store-pull -s "http://$WAITS" -o got m
		stops store-list --refresh "http://$WAITS"
		case $how in
		full | silent) stops store-list "https://$WAITS" ;;
		esac
		servers_stop
	done
	[ ! -e got/m ]
}

@test "SIGTERM ends the waits of the other programs" {
	waits_start body
	mkdir card store
	printf -- '---\ncaffemodel: w\ncaffemodel_url: http://%sw\n---\n' "$WAITS" \
	    >card/readme.md
	stops zoo-fetch card
	stops zoo-fetch --api "http://$WAITS" 034c6ac3865563b69e60
	stops dset-fetch mnist --from "http://$WAITS" -o m
	stops store-index --check "http://$WAITS"
	GITHUB_TOKEN=x stops zoo-publish --api "http://$WAITS" card
	stops dset-create -o d "http://$WAITS"
	echo "http://${WAITS}x.png 0" >list
	stops dset-create -o d --val 0 --list list
	stops dset-create -o d --s3-endpoint "http://$WAITS" s3://b/p
	[ ! -e d ] && [ ! -e m ]
}

@test "SIGTERM ends the question of --confirm" {
	model_make store/alpha alpha
	mkfifo answers
	sleep 20 >answers 3>&- &
	holder=$!
	store-pull --confirm -s store -o got alpha <answers 2>err 3>&- &
	pid=$!
	catches "$pid"
	sleep 0.3
	kill "$pid"
	ends "$pid"
	kill "$holder"
	[ "$rc" -eq 75 ]
	printf 'n\ny\n' | store-pull --confirm -s store -o got alpha && false
	[ ! -e got/alpha ]
	printf 'y\n' | store-pull -q --confirm -s store -o got alpha
	[ -e got/alpha ]
}

@test "a byte a second is no rate: --speed-limit and --speed-time" {
	script_start "$BATS_TEST_DIRNAME/hostile-server.py"
	run timeout "$(patience 30)" store-pull --retries 1 --speed-time 1 -o got \
	    -s "${SCRIPT}drip/" m
	[ "$status" -eq 6 ]
	[[ "$output" == *"slower than 1000 bytes a second"* ]]
	run timeout "$(patience 30)" store-pull --retries 1 --speed-time 1 -o got \
	    -s "${SCRIPT}one-byte/" m
	[ "$status" -eq 6 ]
	# who asks for no limit waits
	run timeout --preserve-status 4 store-pull --retries 0 --speed-time 1 --speed-limit 0 \
	    -o got -s "${SCRIPT}drip/" m
	[ "$status" -eq 75 ]
}

@test "--limit-rate holds for a small file, and is not taken for slowness" {
	model_make store/alpha alpha
	head -c 60000 /dev/urandom >store/alpha/small.bin
	store-index -q store
	nginx_start store
	start=$(date +%s%N)
	store-pull -q --limit-rate 20K --speed-limit 30K --speed-time 1 \
	    --retries 0 -s "$NGINX" -o got alpha
	took=$((($(date +%s%N) - start) / 1000000))
	echo "$took ms"
	[ "$took" -ge 1500 ]
	cmp store/alpha/small.bin got/alpha/small.bin
}

@test "folders that never end are given up after a thousand" {
	waits_start folders
	run timeout "$(patience 60)" dset-create -q -o d "http://$WAITS"
	[ "$status" -eq 3 ]
	[[ "$output" == *folders* ]]
	[ "$(wc -l <waits.log)" -le 1100 ]
	[ ! -e d ]
}

@test "what is given up leaves nothing: an endless file, the weights of a card" {
	script_start "$BATS_TEST_DIRNAME/hostile-server.py"
	mkdir card
	printf -- '---\ncaffemodel: w\ncaffemodel_url: %sendless-weights/m/w.caffemodel\n---\n' \
	    "$SCRIPT" >card/readme.md
	run timeout "$(patience 60)" zoo-fetch --max-size 3M card
	[ "$status" -eq 3 ]
	[ "$(ls -A card)" = readme.md ]
	mkdir served
	head -c 5000000 /dev/zero >served/x.tar.gz
	nginx_start served
	run timeout "$(patience 60)" dset-fetch --max-size 3M -o x --from "${NGINX}x.tar.gz" mnist
	[ "$status" -eq 3 ]
	[ -z "$(find cache -type f)" ]
	[ ! -e x ]
}

# tty COMMAND: what a terminal gets of it.
tty() {
	script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

@test "a terminal is shown what comes from elsewhere, and does not obey it" {
	command -v script >/dev/null || skip "no script(1)"
	model_make store/alpha alpha
	note='\u001b]0;x\u0007 \u009b2J \u202egnp.x'
	sed -i "s/\"of alpha\"/\"$note\"/" store/alpha/info.json
	for c in "store-list store" "store-list --tsv store" \
	    "store-list --json store" "model-show store/alpha"; do
		tty "$c" >shown
		[ -s shown ]
		LC_ALL=C grep -q $'\e\|\a\|\xc2[\x80-\x9f]\|\xe2\x80\xae' shown &&
		    { echo "$c"; cat -v shown; false; }
	done
	# good characters pass, also those that a write cuts in two
	python3 - <<-'E'
	import json
	d = json.load(open('store/alpha/info.json'))
	d['note'] = 'katze \u732b \U0001f431 ' * 2000
	json.dump(d, open('store/alpha/info.json', 'w'), ensure_ascii=False)
	E
	store-list --json store >piped
	tty "store-list --json store" >shown
	cmp piped shown
	# a pipe gets the bytes as they are
	store-list --json store | grep -q 猫
}
