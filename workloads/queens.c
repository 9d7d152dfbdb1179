/* queens [SIZE [ROUNDS]]: all placements of SIZE queens, one square being barred in each round, by
 * recursion. Board and counters are locals of main, reached by address from every depth. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SIZE = 16 };

struct count {
    long found;
    long long tried;
    unsigned long long digest;
};

static int is_free(const int *board, int row, int column)
{
    for (int r = 0; r < row; r++)
        if (board[r] == column || board[r] - column == row - r || column - board[r] == row - r)
            return 0;
    return 1;
}

static void search(int *board, int size, int row, const int *barred, struct count *count,
                   int *deepest)
{
    if (row > *deepest)
        *deepest = row;
    if (row == size) {
        count->found++;
        for (int r = 0; r < size; r++)
            count->digest = digest_add(count->digest, (unsigned long long)board[r]);
        return;
    }
    for (int column = 0; column < size; column++) {
        if (row == barred[0] && column == barred[1])
            continue;
        count->tried++;
        if (!is_free(board, row, column))
            continue;
        board[row] = column;
        search(board, size, row + 1, barred, count, deepest);
        board[row] = -1;
    }
}

int main(int argc, char **argv)
{
    int size = argc > 1 ? atoi(argv[1]) : 10;
    int rounds = argc > 2 ? atoi(argv[2]) : 60;
    int board[MAX_SIZE];
    struct count count = {0, 0, DIGEST_START};
    int deepest = 0;

    if (size < 1 || size > MAX_SIZE || rounds < 1) {
        fprintf(stderr, "usage: queens [SIZE (1-%d) [ROUNDS]]\n", MAX_SIZE);
        return 2;
    }
    for (int i = 0; i < MAX_SIZE; i++)
        board[i] = -1;
    for (int round = 0; round < rounds; round++) {
        int barred[2] = {round % size, round / size % size};

        search(board, size, 0, barred, &count, &deepest);
        if (round % (rounds / 5 + 1) == 0)
            printf("round %d: %ld found, %lld tried\n", round, count.found, count.tried);
    }
    printf("queens: %ld found, %lld tried, depth %d\n", count.found, count.tried, deepest);
    printf("queens: digest %016llx\n", count.digest);
    return 0;
}
