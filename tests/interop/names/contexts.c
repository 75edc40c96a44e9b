/* Lookups by contexts of the program's own, resolver(3), with wishes and nameservers of their own. It knows nothing of
 * the library; run bare and preloaded, its output is to be the same.
 *
 * usage: contexts GROUP, one of those in groups[] below. */
#include <arpa/inet.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

#include "tests/interop/names/answers.h"

static unsigned char answer[65536];

static void search_by(struct __res_state *state, const char *name)
{
	printf("res_nsearch %s:", name);
	print_message(res_nsearch(state, name, ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
	printf("ndots %u, h_errno %d\n", state->ndots, state->res_h_errno);
}

/* By whatever list the system's configuration has, and by a context of its own that has been changed in ways that
 * leave the list in force, or do not. */
static void searches(void)
{
	static const char *const few[] = {"deep", "deep.", "two.dots", "nowhere", "deep.s8", "a.test", "fail", ""};
	struct __res_state plain = {0}, wishful = {0}, own = {0};
	res_ninit(&plain);
	res_ninit(&wishful);
	res_ninit(&own);
	wishful.options &= ~(unsigned long)RES_DNSRCH;
	wishful.ndots = 3;
	own.nsaddr_list[0].sin_addr.s_addr = inet_addr("192.0.2.53");
	for (size_t i = 0; i < COUNT(few); i++) {
		const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_CANONNAME};
		look_up(few[i], "53", &hints);
		printf("gethostbyname %s:", few[i]);
		print_found(gethostbyname(few[i]));
		printf("res_search %s:", few[i]);
		print_message(res_search(few[i], ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
		search_by(&plain, few[i]);
		search_by(&wishful, few[i]);
		search_by(&own, few[i]);
		search_by(&_res, few[i]);
	}
	res_nclose(&plain);
	res_nclose(&wishful);
	res_nclose(&own);
}

/* What the system's configuration is given while the program runs is read again. */
static void growing(void)
{
	printf("before:");
	print_found(gethostbyname("deep"));
	FILE *file = fopen("/etc/resolv.conf", "a");
	fputs("search s1.test s2.test s3.test s4.test s5.test s6.test s7.test s8.test\n", file);
	fclose(file);
	printf("after:");
	print_found(gethostbyname("deep"));
}

static void ask(struct __res_state *state, const char *name, int type)
{
	unsigned char query[512];
	printf("res_nquery %s %d:", name, type);
	print_message(res_nquery(state, name, ns_c_in, type, answer, sizeof answer), answer, sizeof answer);
	printf("res_nquery, 512:");
	print_message(res_nquery(state, name, ns_c_in, type, answer, 512), answer, 512);
	printf("res_nsearch:");
	print_message(res_nsearch(state, name, ns_c_in, type, answer, sizeof answer), answer, sizeof answer);
	printf("res_nquerydomain:");
	print_message(res_nquerydomain(state, name, "search.test", ns_c_in, type, answer, sizeof answer), answer,
		      sizeof answer);
	int size = res_nmkquery(state, ns_o_query, name, ns_c_in, type, NULL, 0, NULL, query, sizeof query);
	printf("res_nsend:");
	print_message(res_nsend(state, query, size, answer, sizeof answer), answer, sizeof answer);
	printf("h_errno %d\n", state->res_h_errno);
}

static void wishes(void)
{
	static const char *const few[] = {"a.test", "many.test", "huge.test", "nx.test", "empty.test", "host"};
	static const struct {
		unsigned long set, cleared;
	} each[] = {{0, 0},
		    {RES_USEVC, 0},
		    {RES_USE_EDNS0, 0},
		    {RES_USE_DNSSEC, 0},
		    {RES_TRUSTAD, 0},
		    {RES_IGNTC, 0},
		    {RES_ROTATE, 0},
		    {RES_USEVC | RES_STAYOPEN, 0},
		    {RES_NOTLDQUERY, 0},
		    {0, RES_RECURSE},
		    {0, RES_DEFNAMES},
		    {0, RES_DNSRCH}};
	for (size_t w = 0; w < COUNT(each); w++) {
		struct __res_state state = {0};
		res_ninit(&state);
		state.options = (state.options | each[w].set) & ~each[w].cleared;
		for (size_t i = 0; i < COUNT(few); i++) {
			ask(&state, few[i], ns_t_a);
			ask(&state, few[i], ns_t_aaaa);
		}
		printf("options %lx, nameservers %d, first %x\n", state.options, state.nscount,
		       ntohl(state.nsaddr_list[0].sin_addr.s_addr));
		res_nclose(&state);
	}
}

static struct sockaddr_in far(uint16_t port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr("192.0.2.53")};
}

/* Nobody listens where the first of two is said to be; then there is none at all. Both with no more patience than one
 * second for each. */
static void servers(void)
{
	struct __res_state state = {0};
	res_ninit(&state);
	state.retrans = 1;
	state.retry = 1;
	state.nscount = 2;
	state.nsaddr_list[0] = far(9);
	state.nsaddr_list[1] = far(53);
	printf("res_nquery:");
	print_message(res_nquery(&state, "a.test", ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
	state.options |= RES_USEVC;
	printf("res_nquery, by stream:");
	print_message(res_nquery(&state, "huge.test", ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
	printf("retrans %d, retry %d, nameservers %d, first %u\n", state.retrans, state.retry, state.nscount,
	       ntohs(state.nsaddr_list[0].sin_port));
	res_nclose(&state);
	res_ninit(&state);
	state.nscount = 0;
	ask(&state, "a.test", ns_t_a);
	res_nclose(&state);
}

/* Other messages than queries; and queries of other classes, and for names that are no text. */
static void operations(void)
{
	unsigned char query[512];
	for (int opcode = 0; opcode < 7; opcode++) {
		int size = res_mkquery(ns_o_query, "a.test", ns_c_in, ns_t_soa, NULL, 0, NULL, query, sizeof query);
		query[2] |= (unsigned char)(opcode << 3);
		printf("opcode %d:", opcode);
		print_message(res_send(query, size, answer, sizeof answer), answer, sizeof answer);
	}
	printf("chaos:");
	print_message(res_query("version.bind", ns_c_chaos, ns_t_txt, answer, sizeof answer), answer, sizeof answer);
	printf("root:");
	print_message(res_query("", ns_c_in, ns_t_ns, answer, sizeof answer), answer, sizeof answer);
	printf("octets:");
	print_message(res_query("a\\.b\\001.test", ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
}

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
    {"searches", searches}, {"growing", growing}, {"wishes", wishes}, {"servers", servers}, {"operations", operations}};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < COUNT(groups); i++)
		if (strcmp(argv[1], groups[i].name) == 0) {
			groups[i].run();
			return 0;
		}
	fprintf(stderr, "usage: contexts GROUP\n");
	return 2;
}
