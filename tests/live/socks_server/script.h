/* The script: how this server behaves, right and wrong.
 *
 * Text of "key=value" items, separated by semicolons or newlines; '#' to the end of the line is a comment.
 *
 *	user, password   demand RFC 1929 with these
 *	method=N         answer this method (decimal), whatever was offered
 *	version=N        VER of the method answer
 *	http=1           answer like a web server and close
 *	login=N          STATUS of the login answer, whatever was given
 *	rep=N            REP of the reply; anything but 0 refuses
 *	close=STEP       close instead of answering: accept, greeting, login, request, none
 *	hold=STEP        say nothing at greeting, login or request until the command "release"; none
 *	deaf=1           connections are asked for in vain: the kernel drops the SYNs; when it begins to listen
 *	delay=MS         before each answer
 *	relay_delay=MS   before each datagram, in both directions
 *	dribble=1        one octet a segment, a millisecond apart
 *	forgetful=1      octets that come with the greeting are thrown away
 *	eager=1          the reply in one segment with the method answer (and the login status)
 *	bound=HOST       BND.ADDR: an address, a name, "empty" for a name of no octets; auto
 *	bound_port=N     BND.PORT; auto
 *	relay_at=HOST    where the relay is, if not at the server's address: an address; auto
 *	announced=1      only the client is served whose address the request announced
 *	answer=KIND      source in relayed answers: auto, name (the text of the address), mapped (::ffff:a.b.c.d), other
 *	                 (another port)
 *	elsewhere=1      answers leave from another port than the relay's
 *	bare=1           answers have no header
 *	noise=LIST       before each answer: frag, short, reserved, type, raw, spoof (from another port of the relay),
 *	                 inject (framed, from another host); joined by '+'; none
 *	close_after=N    end the control connection after N answers; 0 never
 *	lock=0           answer whoever sent last, instead of only the first
 *	apart=1          the relay's ports are none that the kernel gives to a client: what comes late for one of them
 *	                 does not find a client's socket there
 *	names=ADDRESS    what every host name resolves to
 *	frag=WORD        fragments are dropped (drop), relayed as if whole (pass), or end the association (end)
 *	lose=N           every N-th datagram of a client is lost; 0: none
 *	largest=N        payloads that are longer are lost, in both directions; 0: none
 *	cut=N            payloads that are longer are relayed to the client without what is beyond; 0: none
 *	idle=MS          an association ends after so long a silence; 0: never
 *	idle_relay=MS    its relay is closed then, and its control connection stays; 0: never
 */
#ifndef LIVE_SOCKS_SERVER_SCRIPT_H
#define LIVE_SOCKS_SERVER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#define SCRIPT_TEXT_SIZE 256
#define SCRIPT_AUTO      (-1)

enum step { AT_NONE, AT_ACCEPT, AT_GREETING, AT_LOGIN, AT_REQUEST };
enum fragment_use { FRAGMENT_DROP, FRAGMENT_PASS, FRAGMENT_END };
enum answer_kind { ANSWER_AUTO, ANSWER_NAME, ANSWER_MAPPED, ANSWER_OTHER };

enum noise {
	NOISE_FRAGMENT = 1,
	NOISE_SHORT = 2,
	NOISE_RESERVED = 4,
	NOISE_TYPE = 8,
	NOISE_RAW = 16,
	NOISE_SPOOF = 32,
	NOISE_INJECT = 64,
};

struct script {
	char user[SCRIPT_TEXT_SIZE];
	char password[SCRIPT_TEXT_SIZE];
	char bound[SCRIPT_TEXT_SIZE];
	char names[SCRIPT_TEXT_SIZE];
	char relay_at[SCRIPT_TEXT_SIZE];
	int method;
	int version;
	int http;
	int login;
	int rep;
	int close_at; /* enum step */
	int hold_at;  /* enum step */
	int deaf;
	int delay_ms;
	int relay_delay_ms;
	int dribble;
	int forgetful;
	int eager;
	int bound_port;
	int announced;
	int answer; /* enum answer_kind */
	int elsewhere;
	int bare;
	int noise; /* enum noise, or'ed */
	int close_after;
	int lock;
	int apart;
	int frag; /* enum fragment_use */
	int lose;
	int largest;
	int cut;
	int idle_ms;
	int idle_relay_ms;
};

struct script script_default(void);

/* Applies each item of text in order. On failure answers false, with the bad item in complaint; the items before it
 * stand. text is written to. */
bool script_apply(struct script *script, char *text, const char **complaint);

#endif
