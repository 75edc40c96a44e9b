#include "core/check/json.h"

#include <inttypes.h>

/* Octets of the character at text; 0: it is none of UTF-8 (RFC 3629). */
static size_t character_size(const unsigned char *text)
{
	static const struct {
		unsigned char first, last; /* of what it may begin with */
		unsigned char least, most; /* of what may come second */
		unsigned char size;
	} kinds[] = {
	    {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (*text < kinds[i].first || *text > kinds[i].last)
			continue;
		if (kinds[i].size > 1 && (text[1] < kinds[i].least || text[1] > kinds[i].most))
			return 0;
		for (size_t at = 2; at < kinds[i].size; at++)
			if ((text[at] & 0xc0) != 0x80)
				return 0;
		return kinds[i].size;
	}
	return 0;
}

void json_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	fputc('"', out);
	while (*at) {
		size_t size = character_size(at);

		if (size == 0)
			fputs("\\ufffd", out);
		else if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else if (*at < ' ' || *at == 0x7f)
			fprintf(out, "\\u%04x", *at);
		else
			fwrite(at, 1, size, out);
		at += size ? size : 1;
	}
	fputc('"', out);
}

static void member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	json_string(out, text);
}

static void fact(FILE *out, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_NUMBER:
		fprintf(out, "\"%s\": %" PRId64, fact->name, fact->number);
		break;
	case FACT_FLAG:
		fprintf(out, "\"%s\": %s", fact->name, fact->number ? "true" : "false");
		break;
	case FACT_TEXT:
		member(out, fact->name, fact->text);
		break;
	}
}

static void finding(FILE *out, const struct finding *finding)
{
	fputs("{", out);
	member(out, "step", step_name((enum step)finding->step));
	fputs(", ", out);
	member(out, "mark", mark_name((enum mark)finding->mark));
	if (finding->took_us >= 0)
		fprintf(out, ", \"microseconds\": %" PRId64, finding->took_us);
	fputs(", ", out);
	member(out, "found", finding->found);
	for (unsigned i = 0; i < finding->fact_count; i++) {
		fputs(", ", out);
		fact(out, &finding->facts[i]);
	}
	if (finding->diagnosis != DIAGNOSIS_NONE) {
		fputs(", ", out);
		member(out, "diagnosis", diagnosis_name(finding->diagnosis));
		fputs(", ", out);
		member(out, "cause", diagnosis_cause(finding->diagnosis));
		fputs(", ", out);
		member(out, "advice", diagnosis_advice(finding->diagnosis));
	}
	fputs("}", out);
}

static void report(FILE *out, const struct report *report)
{
	fputs("{", out);
	member(out, "server", report->label);
	fprintf(out, ", \"usable\": %s, ", report_is_usable(report) ? "true" : "false");
	member(out, "diagnosis", diagnosis_name(report_diagnosis(report)));
	fputs(", \"steps\": [", out);
	for (unsigned i = 0; i < report->count; i++) {
		fputs(i ? ", " : "", out);
		finding(out, &report->findings[i]);
	}
	fputs("]}", out);
}

void json_reports(FILE *out, const struct report *reports, size_t count)
{
	bool usable = false;

	for (size_t i = 0; i < count; i++)
		usable |= report_is_usable(&reports[i]);
	fprintf(out, "{\"usable\": %s, \"servers\": [", usable ? "true" : "false");
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		report(out, &reports[i]);
	}
	fputs("]}\n", out);
}
