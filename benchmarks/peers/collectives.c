/* What io.dlrm4j.bench.peers.CollectiveRunner does, with MPI: the all-reduce of both MLPs' gradients and the
   all-to-all of pooled vectors, checked once, warmed up, timed one by one on rank 0. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRADIENTS = 475985, SAMPLES = 2048, DIM = 16, TABLES = 26, CHUNK = 20 };

static int rank, size;
static float *send_buffer, *receive_buffer;
static int send_counts[64], send_starts[64], receive_counts[64], receive_starts[64];

static void all_reduce(void) {
  MPI_Allreduce(MPI_IN_PLACE, send_buffer, GRADIENTS, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}

static void all_to_all(void) {
  MPI_Alltoallv(send_buffer, send_counts, send_starts, MPI_FLOAT, receive_buffer, receive_counts, receive_starts,
                MPI_FLOAT, MPI_COMM_WORLD);
}

static int part(int of) { return TABLES / size + (of < TABLES % size ? 1 : 0); }

static void require(int holds, const char *name) {
  if (!holds) {
    fprintf(stderr, "%s: wrong result\n", name);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static long run(double seconds, void (*operation)(void), double **millis) {
  long done = 0;
  double start = MPI_Wtime();
  for (;;) {
    int more = MPI_Wtime() - start < seconds;
    MPI_Bcast(&more, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (!more) return done;
    *millis = realloc(*millis, (done + CHUNK) * sizeof(double));
    for (int i = 0; i < CHUNK; i++) {
      double from = MPI_Wtime();
      operation();
      (*millis)[done++] = (MPI_Wtime() - from) * 1e3;
    }
  }
}

static void measure(const char *name, double warm, double seconds, void (*operation)(void)) {
  double *millis = NULL;
  run(warm, operation, &millis);
  long n = run(seconds, operation, &millis);
  qsort(millis, n, sizeof(double), ascending);
  if (rank == 0) printf("{\"operation\":\"%s\",\"best\":%.5f,\"median\":%.5f}\n", name, millis[0], millis[n / 2]);
  free(millis);
}

static void exchange(const char *name, int samples, double warm, double seconds) {
  int sent = 0, received = 0;
  for (int r = 0; r < size; r++) {
    send_starts[r] = sent;
    receive_starts[r] = received;
    sent += send_counts[r] = samples * DIM * part(rank);
    received += receive_counts[r] = samples * DIM * part(r);
  }
  send_buffer = malloc(sent * sizeof(float));
  receive_buffer = malloc(received * sizeof(float));
  for (int i = 0; i < sent; i++) send_buffer[i] = rank + 1;
  all_to_all();
  require(receive_buffer[received - 1] == size, name);
  measure(name, warm, seconds, all_to_all);
  free(send_buffer);
  free(receive_buffer);
}

int main(int count, char **words) {
  double warm = 0.5, seconds = 0.5;
  MPI_Init(&count, &words);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  for (int i = 1; i + 1 < count; i += 2) {
    if (!strcmp(words[i], "--warm")) warm = atof(words[i + 1]);
    if (!strcmp(words[i], "--measure")) seconds = atof(words[i + 1]);
  }
  send_buffer = malloc(GRADIENTS * sizeof(float));
  for (int i = 0; i < GRADIENTS; i++) send_buffer[i] = 1;
  all_reduce();
  require(send_buffer[GRADIENTS - 1] == size, "all-reduce");
  memset(send_buffer, 0, GRADIENTS * sizeof(float));
  measure("all-reduce", warm, seconds, all_reduce);
  free(send_buffer);
  exchange("all-to-all rank", SAMPLES, warm, seconds);
  exchange("all-to-all global", SAMPLES / size, warm, seconds);
  MPI_Finalize();
  return 0;
}
