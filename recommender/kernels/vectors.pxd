"""Arithmetic of vectors in C, several numbers at a time."""

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
    /* By what the processor can do: the name of a processor would match that model alone. */
    #define FOR_EACH_CPU __attribute__((target_clones("default", "avx2")))
    #else
    #define FOR_EACH_CPU
    #endif
    #if defined(__GNUC__)
    #define UNUSED __attribute__((unused))
    #else
    #define UNUSED
    #endif

    UNUSED FOR_EACH_CPU static float dot(const float *a, const float *b, Py_ssize_t length) {
        float sum = 0.0f;
        for (Py_ssize_t i = 0; i < length; i++) sum += a[i] * b[i];
        return sum;
    }

    /* The products of consecutive rows with one vector. Four at a time, so that its numbers are loaded once. */
    UNUSED FOR_EACH_CPU static void dots(
        const float *rows, Py_ssize_t count, const float *vector, Py_ssize_t length, float *out
    ) {
        Py_ssize_t row = 0;
        for (; row + 4 <= count; row += 4, rows += 4 * length) {
            float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            for (Py_ssize_t i = 0; i < length; i++) {
                sum[0] += rows[i] * vector[i];
                sum[1] += rows[length + i] * vector[i];
                sum[2] += rows[2 * length + i] * vector[i];
                sum[3] += rows[3 * length + i] * vector[i];
            }
            for (int k = 0; k < 4; k++) out[row + k] = sum[k];
        }
        for (; row < count; row++, rows += length) {
            float sum = 0.0f;
            for (Py_ssize_t i = 0; i < length; i++) sum += rows[i] * vector[i];
            out[row] = sum;
        }
    }

    UNUSED FOR_EACH_CPU static void add_scaled(float *total, const float *row, float factor, Py_ssize_t length) {
        for (Py_ssize_t i = 0; i < length; i++) total[i] += factor * row[i];
    }

    /* Rows are far apart: while some are read, the next ones are loaded. 16 numbers are a line of the cache. */
    UNUSED static inline void prefetch_row(const float *row, Py_ssize_t length) {
        for (Py_ssize_t i = 0; i < length; i += 16) __builtin_prefetch(row + i);
    }
    """
    float dot(const float *a, const float *b, Py_ssize_t length) noexcept
    void dots(const float *rows, Py_ssize_t count, const float *vector, Py_ssize_t length, float *out) noexcept
    void add_scaled(float *total, const float *row, float factor, Py_ssize_t length) noexcept
    void prefetch_row(const float *row, Py_ssize_t length) noexcept
    void prefetch "__builtin_prefetch"(const void *address) noexcept
