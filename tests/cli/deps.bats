#!/usr/bin/env bats
# --deps: the rule names every file that a program read, as it was given, and no
# other; make reads any name in it.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	# Leaks cannot be looked for under strace, and libraries leak when writes fail.
	[ "${SAN:-0}" != 1 ] || export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	export NNUTILS_CACHE=$PWD/cache TMPDIR=$PWD/tmp NNUTILS_DEVICE=cpu
	rm -rf t tmp
	mkdir t tmp
	one="few/0/$(ls few/0 | head -n 1)"
}

# named FILE: the names of a rule, without quotes, sorted.
named() {
	sed -n '/^\t/{s/^\t//;s/ \\$//;s/\\\(.\)/\1/g;s/\$\$/$/g;p;}' "$1" | sort
}

# opened LOG: regular files of ours that strace (its files LOG.PID) saw opened to be
# read, sorted; not those below t, tmp and cache, where the programs write.
opened() {
	grep -o 'openat(AT_FDCWD, "[^"]*", O_RDONLY[^)]*) = [0-9]' "$1".* -h |
	    sed 's/^openat(AT_FDCWD, "//;s/".*//' | sed "s#^$PWD/##" |
	    grep -v '^/' | grep -v '^t/\|^tmp/\|^cache/\|^\./t/' | sort -u |
	    while read -r f; do [ -f "$f" ] && echo "${f#./}"; done
}

# traced COMMAND...: what --deps names is what was opened.
traced() {
	rm -rf t
	mkdir t
	strace -ff -qq -e trace=openat -o t/log "$@" --deps t/d --deps-target x \
	    >t/out 2>t/err || { cat t/err; return 1; }
	named t/d | while read -r f; do [ -f "$f" ] && echo "$f"; done >t/named
	opened t/log | grep -v '^few$' >t/opened
	diff t/named t/opened || { echo "$*"; return 1; }
	[ -s t/named ]
}

@test "what is named is what was opened" {
	strace -o tmp/log true 2>/dev/null || skip "no strace here"
	find few -name '*.png' | sed 's/$/ 0/' >list
	printf 'a\nb\nc\n' >labels
	printf 'top: "x"\n' >tmp/none
	traced dset-create --gray --size 28x28 -o t/new few
	traced dset-create --gray --size 28x28 --list list --labels labels \
	    --val-list list -o t/new
	traced dset-create --backend hdf5 --size 28x28 --val-folder few -o t/new few
	traced dset-fetch mnist --from raw -o t/new
	traced dset-show dset --stats
	traced dset-show dset --montage t/x.png
	traced dset-show dset --export t/new
	traced dset-show dset --diff dset
	traced model-train -d dset -n lenet -e 1 -b 9 -o t/new
	traced model-train -d dset -p m -e 1 -b 9 -o t/new
	traced model-infer -m m "$one"
	traced model-infer -m m --list list --summary --npy t/x.npy
	traced model-infer -m m --db dset/val_db
	traced model-show m
	traced model-pack m -o t/p.tar.gz
	mv t/p.tar.gz .
	traced model-infer -m p.tar.gz "$one"
	traced model-import p.tar.gz -o t/new
	traced model-import m -o t/new
	traced model-import --weights m/snapshot_iter_*.caffemodel \
	    --net m/deploy.prototxt --labels labels --mean m/mean.binaryproto -o t/new
	traced net-show m
	traced net-show m/deploy.prototxt --graph t/x.svg
	traced job-list .
	traced store-list store
	traced store-pull -s store -o t/new m
	cp -r store other
	traced store-index other
	traced store-index --check store
}

@test "HDF5, a solver's nets and lists, plug-ins" {
	strace -o tmp/log true 2>/dev/null || skip "no strace here"
	dset-create -q --backend hdf5 --gray --size 28x28 -o t/h few >/dev/null
	mv t/h h5
	traced dset-show h5 --stats
	find few -name '*.png' | sed 's/$/ 0/' >list
	cat >net.prototxt <<-E
	layer { name: "d" type: "ImageData" top: "data" top: "label"
	  image_data_param { source: "list" batch_size: 4 is_color: false } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
	layer { name: "l" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label"
	  top: "l" }
	E
	printf 'net: "net.prototxt"\nbase_lr: 0.01\nlr_policy: "fixed"\nmax_iter: 30
	    snapshot: 30\ndisplay: 10\n' >solver.prototxt
	traced model-train --solver-file solver.prototxt -o t/new
	grep -q 'net.prototxt' t/named
	grep -q '^list$' t/named
}

@test "paths as given, targets as given" {
	dset-create -q --gray --size 28x28 -o t/new ./few --deps t/d >/dev/null
	grep -q '^t/new: ' t/d
	named t/d | grep -q "^\./$one\$"
	dset-create -q -f --gray --size 28x28 -o t/new "$PWD/few" --deps t/d \
	    --deps-target '$(OUT)/x' --deps-target y >/dev/null
	grep -qF '$(OUT)/x y: ' t/d
	named t/d | grep -q "^$PWD/$one\$"
	model-train -q -d ./dset -n lenet -e 1 -b 9 -o t/m --deps t/d >/dev/null
	named t/d | grep -q '^\./dset/train_db/data.mdb$'
	model-infer -q -m m --db dset/val_db --summary --npy t/a.npy \
	    --confusion t/c.png --deps t/d >/dev/null
	grep -q '^t/a.npy t/c.png: ' t/d || grep -q '^t/c.png t/a.npy: ' t/d
}

@test "no target, no rule; a failure leaves the old rule" {
	run model-show m --deps t/d
	[ "$status" -eq 2 ]
	[[ "$output" == *--deps-target* ]]
	run model-show m --deps-target x
	[ "$status" -eq 2 ]
	printf 'old: \\\n\trule\n' | tee t/d >t/was
	run model-show none --deps t/d --deps-target x
	[ "$status" -eq 4 ]
	cmp t/d t/was
	model-train -q -d dset -n lenet -o t/m --dry-run --deps t/d >/dev/null
	cmp t/d t/was
}

@test "make rebuilds what changed, whatever the names are" {
	mkdir t/src t/src/a t/src/b
	i=0
	for c in ' ' '#' '$' ':' '%' '=' ';' '|' '&' '*' '?' '[' '\' '~' '!' '(' \
	    '@' '+' ',' '"' "'" '<' '`' '{' '^' 'é' "$(printf '\t')"; do
		for n in "${c}x" "x${c}y"; do
			i=$((i + 1))
			printf 'P5 2 2 255 %s' "$(printf '%04d' $i)" >"t/src/a/$n.pgm"
		done
	done
	printf 'P5 2 2 255 bbbb' >t/src/b/1.pgm
	printf 'P5 2 2 255 cccc' >t/src/b/define
	cp t/src/b/1.pgm t/src/b/2.pgm
	cd t
	printf 'out:\n\tdset-create -q -f --gray --size 2x2 -o out src --deps d >/dev/null; touch out\n-include d\n' \
	    >Makefile
	make -s
	[ "$(grep -c '\.pgm:$' d)" -gt 30 ]
	find src -exec touch -d '2020-01-01' {} +
	touch -d '2021-01-01' out
	make -q
	for f in src/a/*; do
		touch -d '2022-01-01' "$f"
		status=0
		make -q >err 2>&1 || status=$?
		[ "$status" -eq 1 ] && [ ! -s err ] || { echo "$f"; cat err d; return 1; }
		touch -d '2020-01-01' "$f"
	done
	make -q
	# One is gone: no error, but a new data set; a new one counts too.
	rm src/b/2.pgm
	touch -d '2020-01-01' src/b
	make -n >/dev/null
	printf 'P5 2 2 255 dddd' >src/b/3.pgm
	touch -d '2022-01-01' src/b
	! make -q || false
}
