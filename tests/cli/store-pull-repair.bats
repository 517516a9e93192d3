#!/usr/bin/env bats
# Nothing of the user's is lost: what a pull mends, two pulls at once, kills.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache
	unset DIGITS_MODEL_STORE_URL NNUTILS_TOKEN http_proxy
	model_make store/alpha alpha
	head -c 3000000 /dev/urandom >store/alpha/extra.bin
	store-index -q store
}

teardown() {
	servers_stop
}

# Run two of a command at once; their statuses are $first and $second.
at_once() {
	"$@" >one.out 2>one.err 3>&- &
	local pid=$!
	"$@" >two.out 2>two.err 3>&- && second=0 || second=$?
	wait $pid && first=0 || first=$?
	cat one.err two.err
}

@test "a changed file is mended, and nothing else in the folder is touched" {
	nginx_start store
	for from in "$NGINX" store; do
		rm -rf got
		store-pull -q -s "$from" -o got alpha
		echo mine >got/alpha/notes.txt
		mkdir got/alpha/figures
		echo mine >got/alpha/figures/one
		was=$(stat -c %i got/alpha/deploy.prototxt)
		echo changed >got/alpha/labels.txt
		store-pull -q -s "$from" -o got alpha
		cmp store/alpha/labels.txt got/alpha/labels.txt
		[ "$(cat got/alpha/notes.txt)" = mine ]
		[ "$(cat got/alpha/figures/one)" = mine ]
		[ "$(stat -c %i got/alpha/deploy.prototxt)" = "$was" ]
		[ "$(ls -A got)" = "$(printf 'alpha\nmodels.lock')" ]
	done
}

@test "a lost file comes back; a folder in its place is named and stays" {
	store-pull -q -s store -o got alpha
	rm got/alpha/labels.txt
	store-pull -q -s store -o got alpha
	cmp store/alpha/labels.txt got/alpha/labels.txt
	rm got/alpha/labels.txt
	mkdir got/alpha/labels.txt
	echo mine >got/alpha/labels.txt/x
	run store-pull -s store -o got alpha
	[ "$status" -ne 0 ]
	[[ "$output" == *labels.txt* ]]
	[ "$(cat got/alpha/labels.txt/x)" = mine ]
	rm -r got/alpha/labels.txt
	mkfifo got/alpha/labels.txt
	timeout 20 store-pull -q -s store -o got alpha
	cmp store/alpha/labels.txt got/alpha/labels.txt
}

@test "two pulls of one model at once: the second waits, both have it" {
	nginx_start store 'limit_rate 2m;'
	store-pull -q -s "$NGINX" -o got alpha 3>&- &
	pid=$!
	wait_for test -s got/.alpha.pull/extra.bin.part
	kill -STOP "$pid"
	store-pull -s "$NGINX" -o got alpha 2>err 3>&- &
	second=$!
	wait_for grep 'another process is pulling it' err
	kill -CONT "$pid"
	wait "$pid"
	wait "$second"
	diff -r store/alpha got/alpha
	[ "$(requests | grep -c extra.bin)" -eq 1 ]
	[ "$(ls -A got)" = "$(printf 'alpha\nmodels.lock')" ]
}

@test "two pulls of one model from a folder, many times" {
	for i in 1 2 3 4 5 6; do
		at_once store-pull -q -s store -o "got$i" alpha
		[ "$first" -eq 0 ]
		[ "$second" -eq 0 ]
		diff -r store/alpha "got$i/alpha"
	done
}

@test "a pull that waits for another ends when it is told to" {
	mkdir -p got/.alpha.pull
	flock got/.alpha.pull sleep 30 3>&- &
	holder=$!
	wait_for sh -c '! flock -n got/.alpha.pull true'
	store-pull -s store -o got alpha 2>err 3>&- &
	pid=$!
	wait_for grep 'another process is pulling it' err
	kill "$pid"
	ends "$pid"
	kill "$holder"
	[ "$rc" -eq 75 ]
	grep -q 'another process is pulling it' err
}

@test "a repair killed at any moment: notes stay, every file is whole" {
	store-pull -q -s store -o got alpha
	echo mine >got/alpha/notes.txt
	nginx_start store 'limit_rate 20m;'
	for delay in 0.01 0.02 0.04 0.06 0.08 0.1; do
		echo changed >got/alpha/labels.txt
		echo changed >got/alpha/extra.bin
		store-pull -q -s "$NGINX" -o got alpha 3>&- &
		pid=$!
		sleep $delay
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		[ "$(cat got/alpha/notes.txt)" = mine ]
		for f in labels.txt extra.bin; do
			[ "$(cat got/alpha/$f 2>/dev/null | head -c 8)" = changed ] ||
			    cmp "store/alpha/$f" "got/alpha/$f"
		done
	done
	store-pull -q -s "$NGINX" -o got alpha
	rm got/alpha/notes.txt
	diff -r store/alpha got/alpha
}

@test "two store-index at once leave one whole store" {
	ssh-keygen -q -t ed25519 -N '' -C me -f key
	for i in 1 2 3 4; do
		echo "$i" >>store/alpha/readme.md
		at_once store-index -q --sign key --html store
		[ "$first" -eq 0 ]
		[ "$second" -eq 0 ]
		store-index -q --check --verify key.pub store
	done
}

@test "two dset-fetch of one set at once download it once" {
	mkdir served
	python3 - <<-E
	import gzip, struct
	for part, n in (('train', 40), ('t10k', 10)):
	    with gzip.open('served/%s-images-idx3-ubyte.gz' % part, 'wb') as f:
	        f.write(struct.pack('>4i', 2051, n, 28, 28) + bytes(784 * n))
	    with gzip.open('served/%s-labels-idx1-ubyte.gz' % part, 'wb') as f:
	        f.write(struct.pack('>2i', 2049, n) +
	            bytes(i % 10 for i in range(n)))
	E
	nginx_start served 'limit_rate 300;'
	dset-fetch -q mnist --from "$NGINX" -o one 2>err 3>&- &
	pid=$!
	sleep 0.3
	dset-fetch -q mnist --from "$NGINX" -o two
	wait $pid
	diff -r one/train two/train
	[ "$(requests | grep -c train-images)" -eq 1 ]
}

@test "two zoo-fetch of one folder at once: the weights are whole" {
	mkdir served card
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" served/w.caffemodel m \
	    ip:2x250000
	nginx_start served 'limit_rate 2m;'
	printf -- '---\nname: m\ncaffemodel: w.caffemodel\ncaffemodel_url: %sw.caffemodel\nsha1: %s\n---\n' \
	    "$NGINX" "$(sha1sum <served/w.caffemodel | cut -d' ' -f1)" \
	    >card/readme.md
	at_once zoo-fetch card
	[ "$first" -eq 0 ] || [ "$first" -eq 8 ]
	[ "$second" -eq 0 ] || [ "$second" -eq 8 ]
	[ "$first" -eq 0 ] || [ "$second" -eq 0 ]
	cmp served/w.caffemodel card/w.caffemodel
	run zoo-fetch card
	[ "$status" -eq 0 ]
}

@test "killed between the two renames where there is no RENAME_EXCHANGE: put back" {
	command -v strace >/dev/null || skip "no strace"
	[ "${SAN:-0}" != 1 ] || export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	store-pull -q -s store -o got alpha
	cp -r got was
	echo bird >>store/alpha/labels.txt
	store-index -q store
	aside=
	for k in 1 2 3 4; do
		rm -rf got
		cp -r was got
		strace -f -qq -o /dev/null -e trace=rename,renameat2 \
		    -e inject=renameat2:error=EINVAL \
		    -e inject=rename:signal=KILL:when=$k \
		    store-pull -q -f -s store -o got alpha || true
		[ -e got/alpha ] || aside=$(ls -d got/.alpha.old-*)
		[ -z "$aside" ] || break
	done
	[ -d "$aside" ]
	run model-show got/alpha
	[ "$status" -eq 4 ] || [ "$status" -eq 1 ] || [ "$status" -eq 3 ]
	[[ "$output" == *"a killed run left it as $aside"* ]]
	run store-pull -f -s store -o got alpha
	[[ "$output" == *"got/alpha: put back"* ]]
	store-pull -q -f -s store -o got alpha
	cmp store/alpha/labels.txt got/alpha/labels.txt
	[ "$(ls -A got)" = "$(printf 'alpha\nmodels.lock')" ]
}
