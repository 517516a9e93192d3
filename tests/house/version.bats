#!/usr/bin/env bats
# -V -v: what somebody runs; and where the commit is known from.

bats_require_minimum_version 1.5.0

@test "-V -v tells commit, compiler, libraries and modules, in any order" {
	for words in '-V -v' -Vv '--verbose --version' '-V -v --no-such-option'; do
		run --separate-stderr model-train $words
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[[ ${lines[0]} == "model-train (nnutils) "[0-9]* ]]
		[[ ${lines[1]} =~ ^commit\ +([0-9a-f]{7,}(, changed since)?|unknown)$ ]]
		[[ ${lines[2]} =~ ^compiler\ +.*[0-9] ]]
		[[ $output == *$'\n'"library   /"*/libdnnl.so.[0-9]* ]]
		[[ $output == *$'\n'"module    "*/nnutils-hdf5.so* ]]
		[[ $output == *$'\n'"  library   /"*/libhdf5* ]]
	done
	run model-train -V
	[ "${#lines[@]}" -eq 1 ]
	run -2 model-train --no-such-option -V
}

@test "-V -v says which module is not here, and why one cannot be opened" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp "$BIN/job-list" "$BATS_TEST_TMPDIR/bin"
	echo 'no library' >"$BATS_TEST_TMPDIR/bin/nnutils-mpi.so"
	NNUTILS_MODULES='' run "$BATS_TEST_TMPDIR/bin/job-list" -V -v
	[ "$status" -eq 0 ]
	[[ $output == *$'\n'"module    nnutils-hdf5.so: not here"* ]]
	[[ $output == *"/bin/nnutils-mpi.so: cannot be opened: "*"file too short"* ]]
}

@test "the commit comes from git, or from the archive that git made" {
	cd "$BATS_TEST_TMPDIR"
	git init -q r
	mkdir r/scripts r/bin
	cp "$OLDPWD/scripts/commit" r/scripts
	cp "$OLDPWD/.gitattributes" r
	git -C r add .
	git -C r -c user.name=n -c user.email=n@example.org commit -qm one
	want=$(git -C r rev-parse --short HEAD)
	[ "$(sh r/scripts/commit)" = "$want" ]
	echo more >>r/.gitattributes
	[ "$(sh r/scripts/commit)" = "$want, changed since" ]
	mkdir archive
	git -C r archive HEAD | tar -C archive -xf -
	[ "$(sh archive/scripts/commit)" = "$want" ]
	# a copy alone, and one in somebody's own repository
	mkdir -p r/inner/scripts
	cp r/scripts/commit r/inner/scripts
	run -1 sh r/inner/scripts/commit
	[ -z "$output" ]
	rm -rf r/.git
	run -1 sh r/scripts/commit
	[ -z "$output" ]
}

@test "CUDA=0 is not called a lack of nvcc" {
	run bash -c 'CUDA=0 sh scripts/probe 2>&1 >/dev/null'
	[ "$status" -eq 0 ]
	[[ $output == *"left out nvcc (CUDA=0"* ]]
	[[ $output != *"missing  nvcc"* ]]
	NVCC=no-such-nvcc run bash -c 'sh scripts/probe 2>&1 >/dev/null'
	[[ $output == *"missing  nvcc"* ]]
}
