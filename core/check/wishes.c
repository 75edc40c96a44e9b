#include "core/check/wishes.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check/stun.h"

enum { SECONDS_MAX = 86400 };

void wishes_usage(void)
{
	fputs(
	    "usage: socks5udp-check [--check-target TARGET]... [--check-stun ADDR[:PORT]]... [--check-idle SECONDS]\n"
	    "                       [--json]\n"
	    "\n"
	    "Tries each configured SOCKS5 server: whether it relays UDP, and how well. It is run by socksify-udp "
	    "--check.\n"
	    "\n"
	    "  --check-target TARGET     whom to ask through the relay; the first that answers is used for most steps, "
	    "and\n"
	    "                            one of each family, and a name, for the steps on those. Repeat for more:\n"
	    "                              ADDR[:PORT], dns:ADDR[:PORT]   a nameserver, port 53 unless given\n"
	    "                              echo:ADDR:PORT                 a peer that sends back what it gets (RFC "
	    "862)\n"
	    "                            Unless given: dns.server of the settings, else public nameservers\n"
	    "  --check-stun ADDR[:PORT]  a STUN server, port 3478 unless given, that has a second address (RFC 5780); "
	    "or\n"
	    "                            two of them\n"
	    "  --check-idle SECONDS      also see whether an association outlives silences of up to that length\n"
	    "  --json                    one object in one line instead of the screen\n"
	    "\n"
	    "A line a step: mark (ok, note: worth knowing, FAIL: not usable, -: left out), step, time it took, what "
	    "was\n"
	    "found; below a note and a FAIL the likely cause, and what to do. After a FAIL the server's other steps "
	    "are\n"
	    "left out. No wait but that of --check-idle is longer than timeouts.connect and timeouts.handshake of the\n"
	    "settings.\n"
	    "\n"
	    "JSON: { usable, servers: [ { server, usable, diagnosis, steps: [ { step, mark, microseconds, found,\n"
	    "diagnosis, cause, advice, and the step's own values } ] } ] }; mark is good, remark, failed or left_out; "
	    "a\n"
	    "server's diagnosis is that of the step that failed, or none.\n"
	    "\n"
	    "The exit status is 0 where at least one server is usable, 1 where none is or the settings are in error,\n"
	    "2 for wrong usage.\n",
	    stdout);
}

static bool complain(const char *option, const char *allowed, const char *found)
{
	fprintf(stderr, "socksify-udp: %s: allowed is %s, found '%s'\n", option, allowed, found);
	return false;
}

static bool take_target(struct wishes *wishes, const char *text)
{
	return targets_add(&wishes->targets, text) ||
	       complain("--check-target", "up to 8 times ADDR[:PORT], dns:ADDR[:PORT] or echo:ADDR:PORT", text);
}

static bool take_stun(struct wishes *wishes, const char *text)
{
	struct endpoint *server = &wishes->stun[wishes->stun_count];

	if (wishes->stun_count == STUN_SERVERS_MAX ||
	    endpoint_parse(server, text, strlen(text), STUN_PORT) != OUTCOME_OK || server->port == 0)
		return complain("--check-stun", "once or twice ADDR[:PORT]", text);
	wishes->stun_count++;
	return true;
}

static bool take_idle(struct wishes *wishes, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.001 && seconds <= SECONDS_MAX))
		return complain("--check-idle", "a number of seconds up to 86400", text);
	wishes->idle_ms = (uint32_t)(seconds * 1000);
	return true;
}

enum wishes_outcome wishes_read(struct wishes *wishes, bool *json, int count, char **arguments)
{
	static const struct option options[] = {{"check-target", required_argument, NULL, 't'},
						{"check-stun", required_argument, NULL, 's'},
						{"check-idle", required_argument, NULL, 'i'},
						{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	int option;
	bool good = true;

	*wishes = (struct wishes){.idle_ms = 0};
	*json = false;
	while (good && (option = getopt_long(count, arguments, "", options, NULL)) != -1) {
		if (option == 'h')
			return WISHES_HELP;
		if (option == 'j')
			*json = true;
		else
			good = option == 't'   ? take_target(wishes, optarg)
			       : option == 's' ? take_stun(wishes, optarg)
					       : option == 'i' && take_idle(wishes, optarg);
	}
	if (good && optind < count)
		good = complain("--check", "no program", arguments[optind]);
	return good ? WISHES_GIVEN : WISHES_WRONG;
}
