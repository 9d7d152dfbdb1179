/* A text with a header in front of it, found from the text: how far in front differs between machines. */
/* with: --arch=x86_64,s390x */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct header { size_t length; char text[]; };
static char *make(const char *from)
{
    struct header *h = malloc(sizeof *h + strlen(from) + 1);
    if (h == NULL)
        exit(1);
    h->length = strlen(from);
    return strcpy(h->text, from);
}
static size_t length(char *text)
{
    return ((struct header *)(text - offsetof(struct header, text)))->length;  /* ! -Wpreaches-bytes: characters seen as a wider type */
}
int main(void)
{
    char *text = make("text");
    int i;
    for (i = 0; i < 3; i++)
        printf("%d %d\n", i, (int)length(text));
    return 0;
}
