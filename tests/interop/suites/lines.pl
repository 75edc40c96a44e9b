# What a program of the shell does with one line to a peer, an observation a line.
# lines.pl TABLE HOST PORT HOST PORT HOST6 PORT6
# A line of the table: NAME | LINES | COMMAND, where LINES is sent to the command's standard input, joined by commas, each
# after the answer to the one before; {A}, {AP}, {B}, {BP}, {6}, {6P} are the peers' hosts and ports.
use strict;
use warnings;
use IPC::Open3;
use IO::Select;

my ($table, @peers) = @ARGV;
my %words;
@words{qw(A AP B BP 6 6P)} = @peers;
$| = 1;
$SIG{PIPE} = 'IGNORE'; # of a program that has ended already

# What comes until there is as much of it as was asked for, in whole lines, or the end.
sub answer {
	my ($output, $size) = @_;
	my $text = '';
	while ((length($text) < $size || $text !~ /\n\z/) && IO::Select->new($output)->can_read(5)) {
		sysread($output, $text, 1000, length $text) or last;
	}
	return $text =~ s/\n/\\n/gr =~ s/\d\S+ \S+ socat\[\d+\]/socat/gr; # without times and pids
}

open(my $rows, '<', $table) or die "$table: $!";
while (<$rows>) {
	chomp;
	next if /^#/ || !/\S/;
	my ($name, $lines, $command) = split / *\| */, $_, 3;
	s/\{(\w+)\}/$words{$1}/g for $command, $lines;
	my $process = open3(my $input, my $output, undef, 'sh', '-c', "exec $command");
	my $turn = 0;
	for my $line (split /,/, $lines) {
		syswrite $input, "$line\n";
		my $heard = answer($output, length($line) + 1);
		print "$name, line ", ++$turn, ': ', $heard, "\n";
	}
	close $input;
	my $rest = answer($output, 1000);
	kill 'TERM', $process;
	waitpid $process, 0;
	print "$name, rest: ", $rest, "\n", "$name, status: ", $? & 127 || $? >> 8, "\n";
}
