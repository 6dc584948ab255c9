// Says hello: the bench's shortest program, and what the hello of a static C program costs to start.

#include <unistd.h>

int main(void)
{
    static const char text[] = "hello\n";
    return write(1, text, sizeof text - 1) == sizeof text - 1 ? 0 : 1;
}
