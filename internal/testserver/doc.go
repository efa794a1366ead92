// Package testserver starts database servers for tests, from the binaries on
// the machine: PostgreSQL, PgBouncer and Redis, alone, as a cluster or with
// sentinels. install.sh beside it installs them; a test which needs one that is
// missing is skipped, or fails where the environment says CI=true.
//
// # Shared or one's own
//
// [Postgres], [Redis], [RedisCluster] and [RedisSentinel] lend every test of a
// process the same servers, which start when first asked for. Tests which kill,
// pause or configure a server start their own: [StartPostgres], [StartRedis],
// [StartRedisTLS], [StartRedisCluster], [StartRedisSentinel].
//
// FEEDBACKS_TEST_POSTGRES_URL and FEEDBACKS_TEST_REDIS_URL name servers to use
// instead of the shared ones. In the former databases are made and dropped, none
// of which existed before. In the latter nothing is flushed, so that tests keep
// to keys of their own.
//
// # What a server can and cannot show
//
// Servers listen on 127.0.0.1 and are as durable as by default (fsync is on),
// but a Server.Kill keeps the operating system's cache of its files: it shows
// what a crash of the server loses, not what a power failure does.
//
// # Nothing is left behind
//
// All servers live in one directory, which belongs to a watching shell: see
// watch.sh. It notices the end of the test process, however that comes about,
// kills the servers and removes the directory. Ports come from blocks which
// processes lock against each other, so that packages can be tested in parallel.
//
// PostgreSQL refuses to run as root. Started by root, servers run as the user
// postgres, or else nobody.
package testserver
