#!/usr/bin/env bats
# Files as people have them: told by their content, named once, one bad item each.

load small

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	pictures=("$D"/few/1/*.png)
}

# A JPEG of a lossless kind: its header is enough to tell.
lossless() {
	printf '\377\330\377\303\0\013\010\0\010\0\010\1\1\021\0\377\332\0\010\1\1\0\1\0\0\377\331' >"$1"
}

@test "a folder's pictures are known by content where names do not tell" {
	cp -r "$D/few" f
	rm f/*/*
	cp "${pictures[0]}" f/0/PLAIN
	cp "${pictures[1]}" f/0/photo.dat
	cp "${pictures[2]}" f/0/P.PNG
	cp "${pictures[3]}" f/0/q.jfif
	echo 'not a picture' >f/0/README
	: >f/0/empty
	cp "${pictures[4]}" "${pictures[5]}" f/1/
	rmdir f/2
	run dset-create -q --val 0 -o d f
	[ "$status" -eq 0 ]
	[ "$(sort d/train.txt | sed 's/.*f\///; s/ .*//' | head -n 4 | tr '\n' ' ')" = \
	    "0/P.PNG 0/PLAIN 0/photo.dat 0/q.jfif " ]
	[ "$(wc -l <d/train.txt)" -eq 6 ]
}

@test "what is no file is left out of a folder, and said" {
	cp -r "$D/few" f
	mkfifo f/0/pipe.png f/1/pipe
	ln -s /dev/zero f/2/zero.jpg
	run timeout 30 dset-create -o d f
	[ "$status" -eq 0 ]
	[[ "$output" == *"f/0/pipe.png: a FIFO is left out"* ]]
	[[ "$output" == *"f/1/pipe: a FIFO is left out"* ]]
	[[ "$output" == *"f/2/zero.jpg: a device is left out"* ]]
}

@test "a picture of a kind that is not decoded is one bad item" {
	lossless l.jpg
	run model-infer -m "$D/m" --tsv "${pictures[0]}" l.jpg "${pictures[1]}"
	[ "$status" -eq 1 ]
	[[ $output == *"${pictures[0]}"*"${pictures[1]}"* ]]
	[[ "$output" == *"model-infer: l.jpg: a lossless JPEG (SOF3), which is not decoded"* ]]
	mkdir f f/a f/b
	cp "${pictures[@]:0:3}" f/a
	cp "${pictures[@]:3:3}" f/b
	cp l.jpg f/a
	run dset-create --bad bad -o d f
	[ "$status" -eq 1 ]
	[[ "$output" == *"dset-create: f/a/l.jpg: a lossless JPEG"* ]]
	grep -q '"reason": "a lossless JPEG' bad
}
