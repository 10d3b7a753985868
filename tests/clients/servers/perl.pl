# tests/clients/servers/perl.pl - an echo server in Perl, a process for each client.
# Run: perl perl.pl PATH
use strict;
use warnings;
use IO::Socket::UNIX;

$SIG{CHLD} = 'IGNORE';
my $listener = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => SOMAXCONN) or die "listen: $!\n";
while (my $client = $listener->accept) {
    next if fork;
    while (sysread $client, my $data, 65536) {
        print $client $data or last; # all of it, where syswrite() may write less
    }
    exit;
}
