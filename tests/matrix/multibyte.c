/* mbstate_t and fpos_t, which programs pass around without looking inside. */
#include <stdio.h>
#include <string.h>
#include <wchar.h>

struct reader { mbstate_t state; fpos_t line[4]; size_t taken; };

static size_t take(struct reader *r, const char **text, wchar_t *to)
{
    size_t n = mbrtowc(to, *text, 8, &r->state);
    *text += n;
    r->taken += n;
    return n;
}

int main(void)
{
    struct reader r;
    char line[32];
    memset(&r, 0, sizeof r);
    FILE *f = tmpfile();
    for (int i = 0; i < 4; i++) {
        fgetpos(f, &r.line[i]);
        fprintf(f, "line %d of four\n", i);
    }
    const char *text = "taken one by one";
    wchar_t c, read[24] = { 0 };
    while (take(&r, &text, &c) > 0 && c) {
        read[r.taken] = c;
        fsetpos(f, &r.line[r.taken % 4]);
        fgets(line, sizeof line, f);
        printf("%d %d %s", (int)read[r.taken / 2 + 1], mbsinit(&r.state) != 0, line);
    }
    fclose(f);
    return 0;
}
