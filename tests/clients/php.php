<?php
// tests/clients/php.php - an echo client in PHP.
// Run: php php.php PATH echo|half-close|many
// Pitfalls: the timeout makes connect fail with EAGAIN at once if the backlog is full. After a
// timeout fread() returns "", as at the end: stream_get_meta_data() knows which. fwrite() may
// write less. die("text") prints to standard output and exits with status 0.
function fail(string $what): never
{
    fwrite(STDERR, "$what\n");
    exit(1);
}

function connect(string $path)
{
    return @stream_socket_client("unix://$path", $number, $error, 10) ?: fail("connect: $error");
}

function talk($client, string $data, bool $half_close): string
{
    $reply = '';
    $size = $half_close ? PHP_INT_MAX : strlen($data);
    stream_set_blocking($client, false);
    while (strlen($reply) < $size && !feof($client)) {
        [$read, $write, $except] = [[$client], $data === '' ? [] : [$client], []];
        stream_select($read, $write, $except, 10) ?: fail('timeout');
        if ($write) {
            $data = substr($data, fwrite($client, substr($data, 0, 65536)));
            if ($data === '' && $half_close) {
                stream_socket_shutdown($client, STREAM_SHUT_WR);
            }
        }
        if ($read) {
            $reply .= fread($client, 65536);
        }
    }
    return $reply;
}

[, $path, $how] = $argv;
$lines = file('php://stdin');
if ($how === 'many') {
    $clients = array_map(fn() => connect($path), $lines);
    array_map('fwrite', $clients, $lines);
    array_map(fn($client) => print fgets($client), $clients);
} else {
    echo talk(connect($path), implode('', $lines), $how === 'half-close');
}
