#!/usr/bin/env bats
# Objects of S3: moto's server checks the signatures of all requests.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache INITIAL_NO_AUTH_ACTION_COUNT=6
	s3_start
	# A user and a role that may use S3; then nobody else may do anything.
	"$S3_PYTHON" - "$S3" >keys <<-'E'
	import boto3, json, sys
	at = dict(endpoint_url=sys.argv[1], region_name='us-east-1')
	iam = boto3.client('iam', **at)
	may = json.dumps({'Version': '2012-10-17', 'Statement':
	    [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]})
	iam.create_user(UserName='u')
	k = iam.create_access_key(UserName='u')['AccessKey']
	iam.put_user_policy(UserName='u', PolicyName='p', PolicyDocument=may)
	r = iam.create_role(RoleName='r', AssumeRolePolicyDocument='{}')['Role']
	iam.put_role_policy(RoleName='r', PolicyName='p', PolicyDocument=may)
	c = boto3.client('sts', **at).assume_role(RoleArn=r['Arn'],
	    RoleSessionName='session')['Credentials']
	print('user', k['AccessKeyId'], k['SecretAccessKey'])
	print('role', c['AccessKeyId'], c['SecretAccessKey'], c['SessionToken'])
	E
	for i in 0 1 2 3; do
		printf 'P5 4 4 255\n0123456789abcde%d' "$i" >"$i.pgm"
	done
	user
	"$S3_PYTHON" - "$S3" <<-'E'
	import boto3, sys
	s3 = boto3.client('s3', endpoint_url=sys.argv[1])
	s3.create_bucket(Bucket='bkt')
	for at in ('plain', 'a b+c=d&e~(f)!ä日%2F'):
	    for i, c in enumerate(('cat', 'cat', 'dog and+=ö', 'dog and+=ö')):
	        s3.upload_file('%d.pgm' % i, 'bkt',
	            '%s/%s/%d x+y=%%20.pgm' % (at, c, i))
	E
	mkdir -p src/cat 'src/dog and+=ö'
	cp 0.pgm 'src/cat/0 x+y=%20.pgm'
	cp 1.pgm 'src/cat/1 x+y=%20.pgm'
	cp 2.pgm 'src/dog and+=ö/2 x+y=%20.pgm'
	cp 3.pgm 'src/dog and+=ö/3 x+y=%20.pgm'
	dset-create -q --size 4x4 -o want src
}

user() {
	local who key secret token
	# shellcheck disable=SC2034
	read -r who key secret token < <(grep "^${1:-user} " keys)
	export AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret
	unset AWS_SESSION_TOKEN
	[ -z "$token" ] || export AWS_SESSION_TOKEN=$token
}

teardown() {
	servers_stop
}

same() {
	cmp "$1/labels.txt" want/labels.txt
	cmp "$1/train_db/data.mdb" want/train_db/data.mdb
}

@test "prefixes and keys with all that URLs must encode" {
	dset-create -q --size 4x4 --s3-endpoint "$S3" -o d s3://bkt/plain
	same d
	dset-create -q --size 4x4 --s3-endpoint "$S3" -o e \
	    's3://bkt/a b+c=d&e~(f)!ä日%2F'
	same e
}

@test "a role, with its session token" {
	user role
	dset-create -q --size 4x4 --s3-endpoint "$S3" -o d \
	    's3://bkt/a b+c=d&e~(f)!ä日%2F'
	same d
}

@test "a wrong secret is refused" {
	export AWS_SECRET_ACCESS_KEY=wrong
	run dset-create --size 4x4 --s3-endpoint "$S3" -o d s3://bkt/plain
	[ "$status" -eq 8 ]
	[[ $output == *SignatureDoesNotMatch* ]]
	[ ! -e d ]
}
