#!/usr/bin/env bats
# -f in every program that makes a folder: what is not wholly its own, or is
# read by the command, is refused with 8, and nothing was touched.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache
	unset DIGITS_MODEL_STORE_URL NNUTILS_TOKEN http_proxy
	make="dset-create -q --size 4x4"
}

# pictures DIR: two classes of different pictures.
pictures() {
	local c i
	for c in cat dog; do
		mkdir -p "$1/$c"
		for i in 1 2 3 4; do
			printf 'P2\n2 2\n255\n%d 0 %d 9\n' $i ${#c}$i \
			    >"$1/$c/$i$c.pgm"
		done
		# the same length of both names: tell them apart
		printf 'P2\n2 2\n255\n1 2 3 %d\n' "$(printf %d "'$c")" \
		    >"$1/$c/own.pgm"
	done
}

# stays NAME COMMAND...: exit status 8, NAME in the sentence, no file changed.
stays() {
	local name=$1 before
	shift
	before=$(state)
	run timeout 60 "$@"
	echo "$* -> $status: $output"
	[ "$status" -eq 8 ]
	[[ $output == *"$name"*"not replaced"* || $output == *"is not a folder" ]]
	[ "$before" = "$(state)" ]
}

state() {
	find . -path ./cache -prune -o -type f -exec sha256sum {} + | sort
	find . -path ./cache -prune -o ! -type f -print | sort
}

@test "dset-create -f: no source goes, by whatever name" {
	pictures pets
	pictures more/val
	ln -s pets link
	mkdir work
	stays pets $make -f -o pets pets
	stays pets $make -f -o pets/ ./pets
	stays pets $make -f -o pets link
	stays link $make -f -o link pets
	stays pets/cat $make -f -o pets/cat pets
	stays more $make -f -o more --val-folder more/val pets
	stays more/val $make -f -o more/val --test-folder more pets
	$make -o d pets >/dev/null
	{
		sed 's/ .*//; s/$/ 1/' d/train.txt
		echo d/mean.png 1
	} >list
	stays d/mean.png $make -f -o d --list list
	ln -s nowhere gone
	stays gone $make -f -o gone pets
	find pets -name '*.pgm' | sed 's/$/ 1/' >list
	stays list $make -f -o list --list list
	stays pets $make -f -o pets --list list --root pets
	stays pets/dog $make -f -o "$PWD/pets/dog" pets
	(cd pets && stays "" $make -f -o . .)
	(cd work && stays ../pets $make -f -o ../pets ../pets)
	cp list pets/labels
	stays pets $make -f -o pets --labels pets/labels more/val
}

@test "dset-create -f: a data set goes, other things stay" {
	pictures pets
	$make -o d pets >/dev/null
	$make -f --gray -o d pets >/dev/null
	grep -q '"channels": 1' d/dataset.json
	$make -f --backend hdf5 -o d pets >/dev/null
	$make -f -o d/ pets >/dev/null
	[ -z "$(find . -maxdepth 1 -name '.d.*')" ]
	ln -s d to-d
	$make -f --gray -o to-d pets >/dev/null
	[ -L to-d ]
	grep -q '"channels": 1' d/dataset.json
	echo mine >d/notes.txt
	stays notes.txt $make -f -o d pets
	rm d/notes.txt
	mkdir d/train_db/mine
	stays train_db/mine $make -f -o d pets
	rmdir d/train_db/mine
	mkdir d/.git
	stays repository $make -f -o d pets
	rmdir d/.git
	(cd d && stays "current folder" $make -f -o ../d ../pets)
	HOME=$PWD/d stays "home folder" $make -f -o d pets
	stays "is /" $make -f -o / pets
	stays /proc $make -f -o /proc pets
	echo '{"task": "classification"}' >d/dataset.json
	stays d $make -f -o d pets
	echo '{"task"' >d/dataset.json
	stays d $make -f -o d pets
	mkdir empty
	$make -f -o empty pets >/dev/null
	[ -s empty/labels.txt ]
	echo text >file
	stays file $make -f -o file pets
}

@test "dset-create -f: a mount in the data set stays" {
	pictures pets
	$make -o d pets >/dev/null
	mkdir other
	echo text >other/data.mdb
	unshare -m true 2>/dev/null || skip "no mounts here"
	run unshare -m sh -c 'mount --bind other d/val_db &&
	    dset-create -q -f --size 4x4 -o d pets'
	[ "$status" -eq 8 ]
	[[ $output == *"d: val_db is a mount point"* ]]
	run unshare -m sh -c 'mount --bind other d &&
	    dset-create -q -f --size 4x4 -o d pets'
	[ "$status" -eq 8 ]
	[[ $output == *"d is a mount point"* ]]
	[ "$(cat other/data.mdb)" = text ]
}

@test "dset-show --export -f, dset-fetch -f: only their own pictures go" {
	pictures pets
	$make -o d pets >/dev/null
	dset-show d --export ex
	stays d dset-show -f d --export d
	stays d/train_db dset-show -f d --export d/train_db
	stays pets dset-show -f d --export pets
	dset-show -f d --export ex -p val
	[ ! -e ex/train.txt ]
	echo mine >ex/val/cat/mine.pgm
	stays val/cat/mine.pgm dset-show -f d --export ex
	rm ex/val/cat/mine.pgm
	stays d dset-show -f d --diff ex --export ex 2>/dev/null || true
	mkdir raw
	printf '\0\0\010\003\0\0\0\002\0\0\0\002\0\0\0\003abcdefghijkl' \
	    >raw/train-images-idx3-ubyte
	printf '\0\0\010\001\0\0\0\002\0\001' >raw/train-labels-idx1-ubyte
	cp raw/train-images-idx3-ubyte raw/t10k-images-idx3-ubyte
	cp raw/train-labels-idx1-ubyte raw/t10k-labels-idx1-ubyte
	dset-fetch mnist --from raw -o m >/dev/null
	stays raw dset-fetch mnist -f --from raw -o raw
	dset-fetch mnist -f --from raw -o m >/dev/null
	dset-fetch mnist -f --from raw -o ex >/dev/null
	touch m/train/0/new.png
	stays train/0/new.png dset-fetch mnist -f --from raw -o m
	rm m/train/0/new.png
	rm m/.nnutils-files
	stays m dset-fetch mnist -f --from raw -o m
}

@test "dset-show, model-pack, net-show -f: a file that is read stays" {
	pictures pets
	$make -o d pets >/dev/null
	model_make m m
	stays d/mean.png dset-show d -f --montage d/mean.png
	stays d/mean.png dset-show d -f --record 0 -o d/mean.png
	stays m/labels.txt model-infer -m m -f --list list \
	    --confusion m/labels.txt
	stays pets/cat/1cat.pgm $make -o e pets --bad pets/cat/1cat.pgm
	# what only lies there may be replaced
	dset-show -q d --montage d/all.png
	dset-show -q d -f --montage d/all.png
	rm d/all.png
	model-pack -q m -o m.tar
	stays m.tar model-pack m.tar -f -o m.tar
	ln m.tar again.tar
	stays again.tar model-pack m.tar -f -o again.tar
	find pets -name '*.pgm' | sed 's/$/ 1/' >list
	cp list labels
	stays list $make --list list -o e --bad list
	stays labels $make --list list --labels labels -o e --deps labels
	# made anew without -f: nothing but what was made so
	echo mine >thesis
	stays thesis $make --list list -o e --bad thesis
	stays thesis $make --list list -o e --deps thesis
	echo none 1 >>list
	for i in 1 2; do
		run $make --list list -o e$i --bad bad --deps rule
		[ "$status" -eq 1 ]
	done
	grep -q none bad
	grep -q '^e2:' rule
	$make --list list -f -o e --bad thesis >/dev/null || [ $? -eq 1 ]
	grep -q none thesis
	model-pack -q m -f -o m.tar
}

@test "model-import -f: only a model goes, with the files it brought" {
	model_make m m
	echo free >m/license.txt
	model-pack -q m -o m.tar
	model-import -q m.tar -o in
	model-import -q -f m.tar -o in
	[ -e in/license.txt ]
	echo mine >in/thesis.txt
	stays thesis.txt model-import -f m.tar -o in
	rm in/thesis.txt
	mkdir precious
	echo mine >precious/thesis.txt
	stays precious model-import -f m.tar -o precious
	stays m model-import -f m -o m
	mv m.tar in/
	stays in/m.tar model-import -f in/m.tar -o in
	stays in model-import -f -o in --net in/deploy.prototxt \
	    --weights m/snapshot_iter_10.caffemodel
	mv in/m.tar .
	model-import -q -f -o in --net m/deploy.prototxt \
	    --weights m/snapshot_iter_10.caffemodel
	[ ! -e in/license.txt ]
	# what a training of the user's own says of itself is the user's
	echo about >in/readme.md
	stays readme.md model-import -f m.tar -o in
}

@test "store-pull -f: only a model goes, and not out of the store" {
	model_make store/alpha alpha
	echo bytes >store/alpha/extra.bin
	store-index -q store
	store-pull -q -s store -o got alpha
	echo other >>store/alpha/labels.txt
	store-index -q store
	echo mine >got/alpha/notes.txt
	stays notes.txt store-pull -f -s store -o got alpha
	rm got/alpha/notes.txt
	store-pull -q -f -s store -o got alpha
	grep -q other got/alpha/labels.txt
	mkdir -p away/alpha
	echo mine >away/alpha/thesis.txt
	stays alpha store-pull -f -s store -o away alpha
	mkdir here
	model_make here/alpha mine
	store-pull -q -f -s store -o here alpha
	[ -e here/alpha/extra.bin ]
	cp -r store copy
	echo more >>copy/alpha/labels.txt
	store-index -q copy
	stays store/alpha store-pull -f -s copy -s store -o store \
	    "$(store-list copy --tsv | cut -f1 | tail -n1):alpha"
}

@test "zoo-fetch -f: an old folder stays until the new one has its weights" {
	mkdir -p root/gists.d/0123456789abcdef0123
	model_make m tiny
	cp m/snapshot_iter_10.caffemodel root/w.caffemodel
	g=root/gists.d/0123456789abcdef0123
	cp m/deploy.prototxt m/labels.txt $g/
	nginx_start root
	sum=$(sha1sum <root/w.caffemodel | cut -d' ' -f1)
	printf -- '---\ncaffemodel: w.caffemodel\ncaffemodel_url: %sw.caffemodel\nsha1: %s\n---\n' \
	    "$NGINX" "$sum" >$g/readme.md
	script_start "$BATS_TEST_DIRNAME/gist-server.py" root
	zoo="zoo-fetch -q --retries 0 --api ${SCRIPT%/} -o got"
	$zoo 0123456789abcdef0123
	cmp root/w.caffemodel got/w.caffemodel
	# the right weights are kept
	requests_forget
	$zoo -f 0123456789abcdef0123
	cmp root/w.caffemodel got/w.caffemodel
	[ -z "$(requests)" ]
	echo mine >got/notes.txt
	stays notes.txt $zoo -f 0123456789abcdef0123
	rm got/notes.txt
	# the new weights cannot be had
	sed -i "s/sha1: .*/sha1: $(printf '%040d' 7)/" $g/readme.md
	script_start "$BATS_TEST_DIRNAME/gist-server.py" root
	zoo="zoo-fetch -q --retries 0 --api ${SCRIPT%/} -o got"
	run $zoo -f 0123456789abcdef0123
	[ "$status" -eq 8 ]
	cmp root/w.caffemodel got/w.caffemodel
	grep -q "$sum" got/readme.md
	mkdir precious
	echo mine >precious/thesis.txt
	zoo="zoo-fetch -q --api ${SCRIPT%/} -o precious"
	stays precious $zoo -f 0123456789abcdef0123
}

@test "two processes with one -o: one makes it, the other leaves with 8" {
	pictures pets
	$make -o d pets >/dev/null
	for force in "" -f; do
		[ -n "$force" ] || rm -r d
		for i in 1 2 3 4 5 6; do
			( s=0
			dset-create -q $force --size 900x900 --encoding png \
			    -o d pets >/dev/null 2>"err$i" || s=$?
			echo $s >"rc$i" ) 3>&- &
		done
		wait
		sort -u rc? | grep -vx '[08]' && false
		grep -qx 0 rc?
		for i in 1 2 3 4 5 6; do
			[ "$(cat rc$i)" -eq 0 ] ||
			    grep -q 'another process\|exists' err$i
		done
		[ -n "$force" ] || [ "$(cat rc? | grep -cx 0)" -eq 1 ]
		dset-show -q --verify d
		[ -z "$(find . -maxdepth 1 -name '.d.*' -o -name 'd.new')" ]
	done
}

teardown() {
	servers_stop
}
