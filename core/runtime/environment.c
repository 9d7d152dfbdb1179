#define _GNU_SOURCE
#include "runtime.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

RtConfig rt_config = {.ctl = -1};

enum { EXIT_USAGE = 2 };

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"none", 0},       {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"ALRM", SIGALRM},
    {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"HUP", SIGHUP}, {"URG", SIGURG},
};

/* The variable's text, copied, or NULL; taken out of the environment. */
static char *take(const char *name)
{
    const char *text = getenv(name);
    char *copy = text && *text ? strdup(text) : NULL;

    if (text)
        unsetenv(name);
    return copy;
}

static uint64_t number(const char *name, const char *text, char **end)
{
    unsigned long long n;

    errno = 0;
    n = strtoull(text, end, 10);
    if (errno || *end == text || *text == '-')
        rt_die(EXIT_USAGE, "%s: '%s' is not a number", name, text);
    return n;
}

static uint64_t take_number(const char *name)
{
    char *text = take(name), *end;
    uint64_t n = text ? number(name, text, &end) : 0;

    if (text && *end)
        rt_die(EXIT_USAGE, "%s: '%s' is not a number", name, text);
    free(text);
    return n;
}

static uint64_t *take_list(const char *name)
{
    char *text = take(name), *at = text;
    uint64_t *list;
    size_t n = 0;

    if (!text)
        return NULL;
    list = malloc((strlen(text) + 2) * sizeof *list);
    while (list && *at) {
        list[n] = number(name, at, &at);
        if (!list[n] || (n && list[n] <= list[n - 1]) || (*at && *at != ','))
            rt_die(EXIT_USAGE, "%s: '%s' is not an ascending list of numbers", name, text);
        n++;
        at += *at == ',';
    }
    if (list)
        list[n] = UINT64_MAX;
    free(text);
    return list;
}

static int take_signal(const char *name)
{
    char *text = take(name);
    const char *wanted = !text ? "USR2" : strncmp(text, "SIG", 3) ? text : text + 3;

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!strcmp(wanted, signals[i].name)) {
            free(text);
            return signals[i].number;
        }
    rt_die(EXIT_USAGE, "%s: unknown signal '%s'", name, text);
}

/* Which of the words the variable is; the first when it is not set. */
static unsigned take_word(const char *name, const char *const *words)
{
    char *text = take(name);

    for (unsigned i = 0; words[i]; i++)
        if (!strcmp(text ? text : words[0], words[i])) {
            free(text);
            return i;
        }
    rt_die(EXIT_USAGE, "%s: '%s' is not a value of it", name, text);
}

static const char *const track_words[] = {
    [RT_TRACK_NONE] = "0", [RT_TRACK_ANY] = "1", [RT_TRACK_HASH] = "hash", NULL};
static const char *const snapshot_words[] = {
    [RT_SNAPSHOT_FORK] = "fork", [RT_SNAPSHOT_INLINE] = "inline", NULL};
static const char *const restore_words[] = {
    [RT_RESTORE_MAP] = "map", [RT_RESTORE_READ] = "read", NULL};

static void take_fault(const char *name)
{
    char *text = take(name), *colon = text ? strchr(text, ':') : NULL, *end;

    if (!text)
        return;
    rt_config.fault_k = colon ? number(name, colon + 1, &end) : 1;
    if (colon && *end == ':')
        rt_config.fault_epoch = number(name, end + 1, &end);
    if (colon)
        *colon = 0;
    if (strlen(text) >= sizeof rt_config.fault)
        rt_die(EXIT_USAGE, "%s: unknown fault point '%s'", name, text);
    strcpy(rt_config.fault, text);
    free(text);
}

/* The program may change its working directory before the first checkpoint. */
static char *take_path(const char *name)
{
    char *path = take(name), *folder, *whole;

    if (!path || path[0] == '/')
        return path;
    folder = getcwd(NULL, 0);
    if (!folder || asprintf(&whole, "%s/%s", folder, path) < 0)
        return path;
    free(folder);
    free(path);
    return whole;
}

void rt_config_read(void)
{
    char *ctl = getenv("PREACHES_CTL");

    rt_config.ctl = ctl && *ctl ? (int)take_number("PREACHES_CTL") : -1;
    rt_config.spool = take_path("PREACHES_SPOOL");
    rt_config.classes = take("PREACHES_CLASSES");
    rt_config.restore = take("PREACHES_RESTORE");
    rt_config.record = take_path("PREACHES_RECORD");
    rt_config.at_polls = take_list("PREACHES_AT_POLL");
    rt_config.every = take_number("PREACHES_EVERY");
    rt_config.epoch = take_number("PREACHES_EPOCH");
    rt_config.break_poll = take_number("PREACHES_BREAK");
    rt_config.heap_bytes = take_number("PREACHES_HEAP");
    rt_config.stop = take_number("PREACHES_STOP") != 0;
    rt_config.sync = take_number("PREACHES_SYNC") != 0;
    rt_config.count = take_number("PREACHES_COUNT") != 0;
    rt_config.cut = take_number("PREACHES_CUT") != 0;
    rt_config.incremental = take_word("PREACHES_INCREMENTAL", track_words);
    rt_config.snapshot = take_word("PREACHES_SNAPSHOT", snapshot_words);
    rt_config.restore_by = take_word("PREACHES_RESTORE_BY", restore_words);
    rt_config.signal = take_signal("PREACHES_SIGNAL");
    take_fault("PREACHES_FAULT");
    rt_config.folder = take_path("PREACHES_FOLDER");
    rt_folder_init();
}
