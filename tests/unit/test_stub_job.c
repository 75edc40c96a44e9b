/* Queries on their way through the relay; desks, upstreams and streams are made up here. */
#include "preload/stub_job.h"

#include <errno.h>
#include <string.h>

#include "core/bytes.h"
#include "preload/aliases.h"
#include "preload/process.h"
#include "preload/stub.h"
#include "preload/stub_asker.h"
#include "preload/stub_call.h"
#include "preload/stub_stream.h"
#include "preload/upstream.h"
#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

struct negotiator negotiator;
static struct settings settings;
static struct nameservers system_servers; /* one of each family */

static struct {
	struct endpoint to;
	uint16_t id;
} sent[8];
static unsigned sent_count;

static const struct endpoint *guessing; /* whose answer waits: to a question that nobody asked */

struct desk *stub_desk(int desk)
{
	static struct desk only;
	(void)desk;
	return &only;
}

void stub_desk_lookup(int desk, struct name_lookup *lookup, struct nameservers *asked)
{
	(void)desk;
	*asked = (struct nameservers){0};
	*lookup = (struct name_lookup){.asked = asked, .system = &system_servers};
}

void stub_socket_close(_Atomic int *fd)
{
	atomic_store(fd, -1);
}

long stub_socket_send(const _Atomic int *fd, const struct msghdr *message)
{
	(void)fd;
	(void)message;
	return -EBADF;
}

long stub_socket_receive(const _Atomic int *fd, struct msghdr *message)
{
	(void)fd;
	(void)message;
	return -EAGAIN;
}

bool stub_asker_is_ours(int protocol, const struct sockaddr_in *asker, uint16_t desk_port)
{
	(void)protocol;
	(void)asker;
	(void)desk_port;
	return true;
}

void stub_call_answer(int number, const uint8_t *bytes, size_t size)
{
	(void)number;
	(void)bytes;
	(void)size;
}

bool aliases_stand_in(const char *name, size_t length, int kind, struct endpoint *address)
{
	(void)name;
	(void)length;
	(void)kind;
	(void)address;
	return false;
}

bool aliases_name_of(const struct endpoint *address, char *name, uint8_t *length)
{
	(void)address;
	(void)name;
	(void)length;
	return false;
}

bool stream_has_room(void)
{
	return false;
}

struct stream *stream_start(const struct stream_order *order)
{
	(void)order;
	return NULL;
}

bool stream_result(struct stream *stream, uint8_t *answer, size_t *size)
{
	(void)stream;
	(void)answer;
	(void)size;
	return false;
}

void stream_abandon(struct stream *stream)
{
	(void)stream;
}

void streams_forget(void)
{
}

int upstream_of(const struct endpoint *to)
{
	return to->kind == ENDPOINT_IPV6;
}

int upstream_send(const struct endpoint *to, const uint8_t *bytes, size_t size)
{
	ck_assert_uint_gt(size, 12);
	ck_assert_uint_lt(sent_count, sizeof sent / sizeof *sent);
	sent[sent_count].to = *to;
	sent[sent_count++].id = load_u16(bytes);
	return 0;
}

ssize_t upstream_receive(int upstream, uint8_t *bytes, size_t room, struct endpoint *from)
{
	enum { HEADER = 12 };
	if (!guessing)
		return -1;
	ck_assert_int_eq(upstream, upstream_of(guessing));
	ck_assert_uint_ge(room, HEADER);
	memset(bytes, 0, HEADER);
	*from = *guessing;
	guessing = NULL;
	return HEADER;
}

bool upstream_is_guessed_at(int upstream)
{
	(void)upstream;
	return true;
}

bool upstream_is_uncertain(const struct endpoint *to)
{
	(void)to;
	return false;
}

bool upstream_has_failed(const struct endpoint *to)
{
	(void)to;
	return false;
}

int upstream_connect(_Atomic int *fd, const struct endpoint *to)
{
	(void)fd;
	(void)to;
	return -EAFNOSUPPORT;
}

void upstreams_rest(uint64_t now_ms)
{
	(void)now_ms;
}

uint64_t upstreams_rest_ms(void)
{
	return UINT64_MAX;
}

static void begin(void)
{
	fake_world_begin();
	settings = (struct settings){.dns_mode = DNS_MODE_TUNNEL, .rules = rules_compile(NULL, 0, ACTION_RELAY)};
	ck_assert_ptr_nonnull(settings.rules);
	negotiator.world = &fake_functions;
	negotiator.settings = &settings;
	system_servers = (struct nameservers){
	    .count = 2, .items = {fake_endpoint("203.0.113.53:53"), fake_endpoint("[2001:db8::53]:53")}};
	sent_count = 0;
	guessing = NULL;
	stub_jobs_clear();
}

static void end(void)
{
	stub_jobs_forget();
	rules_free(settings.rules);
	fake_world_end();
}

static void ask(uint8_t id)
{
	const uint8_t query[] = {0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};
	const struct asker asker = {.call = -1};
	stub_job_accept(&asker, query, sizeof query);
}

static void check_sent(unsigned which, int server, uint16_t id)
{
	ck_assert_uint_lt(which, sent_count);
	ck_assert(endpoint_equal(&sent[which].to, &system_servers.items[server]));
	ck_assert_uint_eq(sent[which].id, id);
}

/* By now the job has turned to the other family, under the id that is guessed at. */
static void turn_to_other_family(void)
{
	ask(1);
	fake.now_ms += 1000;
	stub_jobs_due();
	ck_assert_uint_eq(sent_count, 2);
	check_sent(0, 0, sent[0].id);
	check_sent(1, 1, sent[0].id);
}

START_TEST(guesses_have_every_job_ask_anew_that_asked_there)
{
	turn_to_other_family();
	guessing = &system_servers.items[_i];
	stub_jobs_hear(_i);
	ck_assert_uint_eq(sent_count, 3);
	check_sent(2, 1, sent[2].id);
	ck_assert_uint_ne(sent[2].id, sent[0].id);
}
END_TEST

START_TEST(guesses_do_not_concern_who_has_not_asked_there)
{
	turn_to_other_family();
	ask(2);
	check_sent(2, 0, sent[2].id);
	guessing = &system_servers.items[1];
	stub_jobs_hear(1);
	ck_assert_uint_eq(sent_count, 4);
	check_sent(3, 1, sent[3].id);
	ck_assert_uint_ne(sent[3].id, sent[0].id);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stub_job");
	TCase *tests = tcase_create("jobs");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_loop_test(tests, guesses_have_every_job_ask_anew_that_asked_there, 0, 2);
	tcase_add_test(tests, guesses_do_not_concern_who_has_not_asked_there);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
