# tests/clients/perl.pl - an echo client in Perl.
# Run: perl perl.pl PATH echo|half-close|many
# Pitfalls: Timeout is for connect() only, and makes it fail with EAGAIN at once if the backlog is
# full; for all the rest there is alarm(). Keep to read() and print(), or to sysread() and
# syswrite(): the former have buffers, the latter do not see what is in them.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path, $how) = @ARGV;
$SIG{ALRM} = sub { die "timeout\n" };
alarm 10;

sub connect_to_server {
    return IO::Socket::UNIX->new(Peer => $path, Timeout => 10) || die "connect: $path: $!\n";
}

sub talk {
    my ($client, $data, $half_close) = @_;
    my $sender = fork // die "fork: $!\n";
    if ($sender == 0) {
        print $client $data or die "print: $!\n";
        $client->shutdown(1) if $half_close; # for the parent, too
        exit;
    }
    my $size = $half_close ? 1 << 30 : length $data;
    my $reply = '';
    defined read $client, $reply, $size or die "read: $!\n";
    waitpid $sender, 0;
    print $reply;
}

binmode STDIN;
my @lines = <STDIN>;
if ($how eq 'many') {
    my @clients = map { connect_to_server() } @lines;
    print { $clients[$_] } $lines[$_] for 0 .. $#lines;
    print scalar readline $_ for @clients;
} else {
    talk(connect_to_server(), join('', @lines), $how eq 'half-close');
}
