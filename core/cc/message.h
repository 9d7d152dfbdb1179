/* One diagnostic. Inside diag.c and show.c only. */
#ifndef PREACHES_CC_MESSAGE_H
#define PREACHES_CC_MESSAGE_H

#include "diag.h"

typedef struct CcMessage {
    CcSeverity severity;
    char *file;      /* "" when there is none, as for the rest */
    guint line, col; /* from 1; 0: not known */
    char *option;    /* "preaches-x" */
    char *text;
    GPtrArray *notes; /* CcMessage * */
} CcMessage;

void cc_message_free(CcMessage *message);

#endif
