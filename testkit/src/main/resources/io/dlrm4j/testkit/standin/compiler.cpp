// A stand-in for NVRTC: compiles kernels for the host with g++. Its machine code is a library for driver.cpp to load.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <regex>

#include "queue.h"

struct Program { std::string source, log, code; };

static std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// What makes kernels callable by name, with arguments as a launch passes them.
static std::string doors(const std::string& source) {
    std::string out = "\n#include \"module.h\"\nextern \"C\" int standin_has(const char* name) { return 0";
    std::string binds = "; }\nextern \"C\" void* standin_bind(const char* name, void** p) {\n";
    std::regex kernel("KERNEL\\([^)]*\\)\\s+(\\w+)\\(");
    for (std::sregex_iterator k(source.begin(), source.end(), kernel), end; k != end; ++k) {
        std::string name = (*k)[1];
        out += " || !strcmp(name, \"" + name + "\")";
        binds += "if (!strcmp(name, \"" + name + "\")) return new Bound(with_arguments(" + name + ", p));\n";
    }
    return out + binds + "return nullptr; }\n";
}

API nvrtcVersion(int* major, int* minor) { *major = 13; *minor = 0; return 0; }
API nvrtcCreateProgram(Program** p, const char* source, const char*, int, const char**, const char**) {
    *p = new Program{source, "", ""};
    return 0;
}
API nvrtcCompileProgram(Program* p, int count, const char** options) {
    char folder[] = "/tmp/standin-XXXXXX";
    if (!mkdtemp(folder)) return 11;
    std::string base = folder, macros;
    bool architecture = false;
    for (int i = 0; i < count; i++) {
        std::string option = options[i];
        if (std::regex_match(option, std::regex("-D\\w+=\\d+"))) macros += " " + option;
        architecture |= option.rfind("--gpu-architecture=sm_", 0) == 0;
    }
    if (!architecture) return 5;
    std::ofstream(base + "/k.cpp") << "#include \"emulate.h\"\n#line 1\n" << p->source << doors(p->source);
    std::string command = "g++ -std=c++17 -O1 -w -fno-strict-aliasing -shared -fPIC -I" STANDIN_HOME;
    command += macros + " " + base + "/k.cpp -o " + base + "/k.so 2>" + base + "/log";
    int status = system(command.c_str());
    p->log = contents(base + "/log");
    if (status == 0) {
        std::string library = contents(base + "/k.so");
        size_t bytes = library.size();
        p->code = "STANDIN1" + std::string((const char*) &bytes, 8) + library;
    }
    for (const char* file : {"/k.cpp", "/k.so", "/log"}) unlink((base + file).c_str());
    rmdir(folder);
    return status == 0 ? 0 : 6;
}
API nvrtcGetCUBINSize(Program* p, size_t* n) { *n = p->code.size(); return 0; }
API nvrtcGetCUBIN(Program* p, char* out) { memcpy(out, p->code.data(), p->code.size()); return 0; }
API nvrtcGetProgramLogSize(Program* p, size_t* n) { *n = p->log.size() + 1; return 0; }
API nvrtcGetProgramLog(Program* p, char* out) { memcpy(out, p->log.c_str(), p->log.size() + 1); return 0; }
API nvrtcDestroyProgram(Program** p) { delete *p; *p = nullptr; return 0; }
extern "C" __attribute__((visibility("default"))) const char* nvrtcGetErrorString(int e) {
    return e == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR";
}
