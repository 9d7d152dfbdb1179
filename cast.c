struct bytes { unsigned char b[2]; };
static unsigned char text[4] = "abc";
int main(void) { struct bytes *p = (struct bytes *)text; int s = 0; for (int i = 0; i < 2; i++) s += p->b[i]; return s != 195; }
