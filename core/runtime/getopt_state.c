/* getopt with glibc's own parser, whose state is handed to it: the numbers are kept here, the two
 * pointers into the arguments with the program's pointers. */
#define _GNU_SOURCE
#include "records.h"
#include <getopt.h>

/* glibc's posix/getopt_int.h, which is not installed. The function is in every libc.a. */
struct _getopt_data {
    int optind, opterr, optopt;
    char *optarg;
    int initialized;
    char *nextchar;
    int ordering, first_nonopt, last_nonopt;
};
extern int _getopt_internal_r(int argc, char **argv, const char *shortopts,
                              const struct option *longopts, int *longind, int long_only,
                              struct _getopt_data *data, int posixly_correct);

static char *early; /* optarg before the first call */
int preaches_optind = 1, preaches_opterr = 1, preaches_optopt = '?';
char **preaches_optarg = &early;
static struct _getopt_data data;

static int parse(int argc, void *argv, const char *options, const void *longs, int *index, int only)
{
    char **nextchar = rt_root(RT_ROOT_NEXTCHAR);
    int result;

    if (preaches_optarg == &early) {
        preaches_optarg = rt_root(RT_ROOT_OPTARG);
        *preaches_optarg = early;
    }
    data.optind = preaches_optind;
    data.opterr = preaches_opterr;
    data.nextchar = *nextchar;
    result = _getopt_internal_r(argc, argv, options, longs, index, only, &data, 0);
    preaches_optind = data.optind;
    preaches_optopt = data.optopt;
    *preaches_optarg = data.optarg;
    *nextchar = data.nextchar;
    return result;
}

int preaches_getopt(int argc, void *argv, const char *options)
{
    return parse(argc, argv, options, NULL, NULL, 0);
}

int preaches_getopt_long(int argc, void *argv, const char *options, const void *longs, int *index)
{
    return parse(argc, argv, options, longs, index, 0);
}

int preaches_getopt_long_only(int argc, void *argv, const char *options, const void *longs, int *index)
{
    return parse(argc, argv, options, longs, index, 1);
}

static int *const numbers[] = {
    &preaches_optind, &preaches_opterr, &preaches_optopt, &data.initialized, &data.ordering,
    &data.first_nonopt, &data.last_nonopt,
};

void rt_getopt_save(RtOut *out)
{
    if (preaches_optarg == &early && preaches_optind == 1 && preaches_opterr == 1 && preaches_optopt == '?')
        return;
    rt_put_number(out, preaches_optarg != &early, 4);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        rt_put_number(out, (uint32_t)*numbers[i], 4);
}

void rt_getopt_load(RtIn *in)
{
    if (rt_get_number(in, 4))
        preaches_optarg = rt_root(RT_ROOT_OPTARG);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = (int)(uint32_t)rt_get_number(in, 4);
}
