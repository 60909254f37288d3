# escape=`
FROM mcr.example/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
RUN Invoke-WebRequest -Uri https://example.test/a.zip `
    -OutFile C:\a.zip; `
    Remove-Item C:\a.zip
WORKDIR C:\app
COPY . C:\app\
