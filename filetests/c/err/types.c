// Type errors: one message each, on their line.
struct s { int x; };
int f(int);
int main(void)
{
    struct s s = {1};
    int a = s; // error: incompatible types
    f(1, 2); // error: too many arguments
    f(); // error: too few arguments
    undeclared = 1; // error: undeclared
    s.y = 2; // error: has no member named
    return *f(1); // error: invalid type argument of unary
}
